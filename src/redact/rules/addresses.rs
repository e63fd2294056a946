//! Parts of addresses that a secret part follows: webhooks, and links that let in whoever has them.

/// What follows a part of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AddressKind {
    /// Whoever knows the address may send to it.
    Hook,
    /// The same where names and hashes of commits stand as well: a part must be drawn, and no hash.
    Deploy,
    /// A link of a mail: it signs in, resets a password, accepts an invitation.
    Link,
    /// The host itself: the first part of the path is the secret.
    Host,
}

#[rustfmt::skip]
pub(crate) const PLACES: &[(&str, AddressKind)] = &[
    ("/hooks/", AddressKind::Hook), ("/hook/", AddressKind::Hook), ("/webhook/", AddressKind::Hook), ("/webhooks/", AddressKind::Hook), ("/webhook-test/", AddressKind::Hook), ("/webhook-waiting/", AddressKind::Hook),
    ("/webhookb2/", AddressKind::Hook), ("/build_hooks/", AddressKind::Hook), ("/build-hooks/", AddressKind::Hook), ("/deploy_hooks/", AddressKind::Hook), ("/deploy-hooks/", AddressKind::Hook), ("/deploy-hook/", AddressKind::Hook),
    ("/incoming/", AddressKind::Hook), ("/incoming-webhook/", AddressKind::Hook), ("/incomingwebhook/", AddressKind::Hook), ("/notify/", AddressKind::Deploy), ("/webhook?", AddressKind::Hook), ("/webhooks?", AddressKind::Hook), ("/hook?", AddressKind::Hook), ("/webhook/send?", AddressKind::Hook), ("/robot/send?", AddressKind::Hook),
    ("-webhook-trigger/", AddressKind::Hook), ("/deploy/", AddressKind::Deploy), ("/deploys/", AddressKind::Deploy), ("/trigger/", AddressKind::Deploy), ("/triggers/", AddressKind::Deploy), ("/ping/", AddressKind::Deploy), ("/callbacks/", AddressKind::Deploy),
    ("hook.eu1.make.com/", AddressKind::Host), ("hook.eu2.make.com/", AddressKind::Host), ("hook.us1.make.com/", AddressKind::Host), ("hook.us2.make.com/", AddressKind::Host), ("hook.integromat.com/", AddressKind::Host),
    ("hc-ping.com/", AddressKind::Host), ("webhook.site/", AddressKind::Host), ("uptime.betterstack.com/api/v1/heartbeat/", AddressKind::Host), ("heartbeat.uptimerobot.com/", AddressKind::Host), ("cronitor.link/p/", AddressKind::Host),
    ("/reset/", AddressKind::Link), ("/reset-password/", AddressKind::Link), ("/reset_password/", AddressKind::Link), ("/password-reset/", AddressKind::Link), ("/password/reset/", AddressKind::Link), ("/passwort-reset/", AddressKind::Link), ("/set-password/", AddressKind::Link), ("/forgot-password/", AddressKind::Link), ("/recover/", AddressKind::Link), ("/recovery/", AddressKind::Link),
    ("/magic-link/", AddressKind::Link), ("/magic/", AddressKind::Link), ("/magiclink/", AddressKind::Link), ("/magic?", AddressKind::Link), ("/magic-link?", AddressKind::Link), ("/one-time-login/", AddressKind::Link), ("/otp/", AddressKind::Link), ("/signin/", AddressKind::Link), ("/sign-in/", AddressKind::Link), ("/login/", AddressKind::Link), ("/auth/", AddressKind::Link), ("/token/", AddressKind::Link),
    ("/verify/", AddressKind::Link), ("/verify-email/", AddressKind::Link), ("/verify?", AddressKind::Link), ("/verify-email?", AddressKind::Link), ("/email-verification/", AddressKind::Link), ("/confirm/", AddressKind::Link), ("/confirm?", AddressKind::Link), ("/confirmation/", AddressKind::Link), ("/confirm-email/", AddressKind::Link), ("/activate/", AddressKind::Link), ("/activate?", AddressKind::Link), ("/activation/", AddressKind::Link),
    ("/invite/", AddressKind::Link), ("/invites/", AddressKind::Link), ("/invitation/", AddressKind::Link), ("/invitations/", AddressKind::Link), ("/accept-invite/", AddressKind::Link), ("/join/", AddressKind::Link), ("/unsubscribe/", AddressKind::Link), ("/callback?", AddressKind::Link), ("/reset?", AddressKind::Link), ("/reset-password?", AddressKind::Link), ("/password/reset?", AddressKind::Link),
];

/// Parameters of such an address whose value is the secret.
pub(crate) const PARAMETERS: &[&str] = &[
    "key",
    "token",
    "secret",
    "sig",
    "signature",
    "code",
    "t",
    "h",
    "hash",
    "auth",
    "access_token",
    "apikey",
    "api_key",
    "otp",
    "ticket",
    "invite",
    "nonce",
    "confirmation_token",
    "reset_password_token",
    "oobcode",
    "token_hash",
];
