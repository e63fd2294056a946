//! Parts of addresses that a secret part follows: webhooks, and links that let in whoever has them.

/// What follows a part of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
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
pub(crate) const PLACES: &[(&str, Place)] = &[
    ("/hooks/", Place::Hook), ("/hook/", Place::Hook), ("/webhook/", Place::Hook), ("/webhooks/", Place::Hook), ("/webhook-test/", Place::Hook), ("/webhook-waiting/", Place::Hook),
    ("/webhookb2/", Place::Hook), ("/build_hooks/", Place::Hook), ("/build-hooks/", Place::Hook), ("/deploy_hooks/", Place::Hook), ("/deploy-hooks/", Place::Hook), ("/deploy-hook/", Place::Hook),
    ("/incoming/", Place::Hook), ("/incoming-webhook/", Place::Hook), ("/incomingwebhook/", Place::Hook), ("/notify/", Place::Deploy), ("/webhook?", Place::Hook), ("/webhooks?", Place::Hook), ("/hook?", Place::Hook), ("/webhook/send?", Place::Hook), ("/robot/send?", Place::Hook),
    ("-webhook-trigger/", Place::Hook), ("/deploy/", Place::Deploy), ("/deploys/", Place::Deploy), ("/trigger/", Place::Deploy), ("/triggers/", Place::Deploy), ("/ping/", Place::Deploy), ("/callbacks/", Place::Deploy),
    ("hook.eu1.make.com/", Place::Host), ("hook.eu2.make.com/", Place::Host), ("hook.us1.make.com/", Place::Host), ("hook.us2.make.com/", Place::Host), ("hook.integromat.com/", Place::Host),
    ("hc-ping.com/", Place::Host), ("webhook.site/", Place::Host), ("uptime.betterstack.com/api/v1/heartbeat/", Place::Host), ("heartbeat.uptimerobot.com/", Place::Host), ("cronitor.link/p/", Place::Host),
    ("/reset/", Place::Link), ("/reset-password/", Place::Link), ("/reset_password/", Place::Link), ("/password-reset/", Place::Link), ("/password/reset/", Place::Link), ("/passwort-reset/", Place::Link), ("/set-password/", Place::Link), ("/forgot-password/", Place::Link), ("/recover/", Place::Link), ("/recovery/", Place::Link),
    ("/magic-link/", Place::Link), ("/magic/", Place::Link), ("/magiclink/", Place::Link), ("/magic?", Place::Link), ("/magic-link?", Place::Link), ("/one-time-login/", Place::Link), ("/otp/", Place::Link), ("/signin/", Place::Link), ("/sign-in/", Place::Link), ("/login/", Place::Link), ("/auth/", Place::Link), ("/token/", Place::Link),
    ("/verify/", Place::Link), ("/verify-email/", Place::Link), ("/verify?", Place::Link), ("/verify-email?", Place::Link), ("/email-verification/", Place::Link), ("/confirm/", Place::Link), ("/confirm?", Place::Link), ("/confirmation/", Place::Link), ("/confirm-email/", Place::Link), ("/activate/", Place::Link), ("/activate?", Place::Link), ("/activation/", Place::Link),
    ("/invite/", Place::Link), ("/invites/", Place::Link), ("/invitation/", Place::Link), ("/invitations/", Place::Link), ("/accept-invite/", Place::Link), ("/join/", Place::Link), ("/unsubscribe/", Place::Link), ("/callback?", Place::Link), ("/reset?", Place::Link), ("/reset-password?", Place::Link), ("/password/reset?", Place::Link),
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
