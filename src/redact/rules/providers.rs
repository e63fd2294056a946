//! Token formats of providers: how a token begins, which characters follow and how many at least. Sources are the
//! providers' own documents (each row's comment where the format is not in the kind's product documentation) and the
//! formats that secret scanners look for.

use crate::redact::patterns::{PatternRule, ValueCheck};
use crate::redact::tokens::{Body, TokenRule};

/// A token that must begin where a word begins.
const fn token(kind: &'static str, prefix: &'static str, body: Body, min: usize) -> TokenRule {
    TokenRule { kind, prefix, body, min, anywhere: false }
}

/// A token whose prefix is found nowhere else.
const fn mark(kind: &'static str, prefix: &'static str, body: Body, min: usize) -> TokenRule {
    TokenRule { kind, prefix, body, min, anywhere: true }
}

use Body::{Alnum, Any, Base64, Dotted, Hex, Lower, Upper, Word};

#[rustfmt::skip]
pub(crate) static TOKENS: &[TokenRule] = &[
    // GitHub: "Behind GitHub's new authentication token formats" (2021); fine-grained tokens (2022).
    mark("github-token", "ghp_", Alnum, 30), mark("github-token", "gho_", Alnum, 30), mark("github-token", "ghu_", Alnum, 30),
    mark("github-token", "ghs_", Dotted, 30), mark("github-token", "ghr_", Alnum, 30), mark("github-token", "github_pat_", Word, 40),
    // GitLab: docs "Token overview", with routable tokens.
    mark("gitlab-token", "glpat-", Dotted, 18), mark("gitlab-token", "gldt-", Dotted, 18), mark("gitlab-token", "glrt-", Dotted, 18),
    mark("gitlab-token", "glrtr-", Dotted, 18), mark("gitlab-token", "glcbt-", Dotted, 16), mark("gitlab-token", "glptt-", Dotted, 18), mark("gitlab-token", "glft-", Dotted, 18),
    mark("gitlab-token", "glimt-", Dotted, 18), mark("gitlab-token", "glagent-", Dotted, 18), mark("gitlab-token", "gloas-", Dotted, 18),
    mark("gitlab-token", "glsoat-", Dotted, 18), mark("gitlab-token", "glffct-", Dotted, 18), mark("gitlab-token", "glwt-", Dotted, 18), mark("gitlab-token", "GR1348941", Word, 18),
    mark("gitlab-token", "_gitlab_session=", Hex, 32),
    // AWS: IAM "unique identifiers"; AIDA, AROA and others name things and are no secrets.
    token("aws-access-key", "AKIA", Upper, 16), token("aws-access-key", "ASIA", Upper, 16), token("aws-access-key", "ABIA", Upper, 16), token("aws-access-key", "ACCA", Upper, 16),
    token("aws-bedrock-key", "ABSK", Base64, 60), mark("aws-bedrock-key", "bedrock-api-key-", Any, 40),
    token("aws-session-token", "IQoJb3JpZ2lu", Base64, 80), token("aws-session-token", "FwoGZXIvYXdz", Base64, 80), token("aws-session-token", "AQoDYXdz", Base64, 80),
    token("aws-mws-key", "amzn.mws.", Word, 30), token("amazon-oauth", "amzn1.oa2-cs.v1.", Alnum, 40),
    // Google
    token("google-api-key", "AIza", Word, 33), token("google-oauth", "ya29.", Any, 20), mark("google-oauth", "GOCSPX-", Word, 20), token("google-oauth", "1//0", Word, 30),
    token("google-api-key", "AQ.Ab8", Word, 30), token("google-hmac", "GOOG1", Upper, 18),
    // Slack
    mark("slack-token", "xoxb-", Word, 20), mark("slack-token", "xoxp-", Word, 20), mark("slack-token", "xoxa-", Word, 20), mark("slack-token", "xoxr-", Word, 20), mark("slack-token", "xoxs-", Word, 20),
    mark("slack-token", "xoxo-", Word, 20), mark("slack-token", "xoxe-", Word, 20), mark("slack-token", "xoxe.xox", Any, 20), mark("slack-token", "xoxc-", Word, 20), mark("slack-token", "xoxd-", Any, 20), mark("slack-token", "xapp-", Word, 20), mark("slack-token", "xwfp-", Word, 20),
    // Payments
    mark("stripe-key", "sk_live_", Alnum, 16), mark("stripe-key", "sk_test_", Alnum, 16), mark("stripe-key", "rk_live_", Alnum, 16), mark("stripe-key", "rk_test_", Alnum, 16), mark("stripe-key", "sk_prod_", Alnum, 16), mark("stripe-key", "sk_org_", Word, 20),
    mark("webhook-secret", "whsec_", Base64, 20),
    mark("square-token", "sq0atp-", Word, 20), mark("square-token", "sq0csp-", Word, 30), token("square-token", "EAAA", Word, 56),
    mark("paypal-token", "access_token$production$", Any, 30), mark("paypal-token", "access_token$sandbox$", Any, 30), mark("razorpay-key", "rzp_live_", Alnum, 14), mark("razorpay-key", "rzp_test_", Alnum, 14),
    mark("plaid-token", "access-sandbox-", Word, 36), mark("plaid-token", "access-production-", Word, 36), mark("plaid-token", "access-development-", Word, 36),
    mark("flutterwave-key", "FLWSECK-", Word, 12), mark("flutterwave-key", "FLWSECK_TEST-", Word, 12), mark("lob-key", "live_pub_", Hex, 30),
    mark("duffel-token", "duffel_test_", Word, 40), mark("duffel-token", "duffel_live_", Word, 40), token("easypost-key", "EZAK", Alnum, 50), token("easypost-key", "EZTK", Alnum, 50),
    mark("shippo-token", "shippo_live_", Hex, 38), mark("shippo-token", "shippo_test_", Hex, 38), mark("paddle-key", "pdl_live_", Word, 30), mark("paddle-key", "pdl_sdbx_", Word, 30), mark("paddle-key", "pdl_ntfset_", Word, 30),
    token("mollie-key", "live_", Alnum, 30), mark("polar-token", "polar_", Word, 36), token("adyen-key", "AQE", Any, 100), mark("xendit-key", "xnd_production_", Alnum, 20), mark("xendit-key", "xnd_development_", Alnum, 20),
    // Shops
    mark("shopify-token", "shpat_", Hex, 30), mark("shopify-token", "shpca_", Hex, 30), mark("shopify-token", "shppa_", Hex, 30), mark("shopify-token", "shpss_", Hex, 30), mark("shopify-token", "shptka_", Hex, 30), mark("shopify-token", "shpua_", Hex, 30), mark("shopify-token", "shpit_", Hex, 30),
    // Models
    token("anthropic-key", "sk-ant-", Word, 24), token("openai-key", "sk-proj-", Word, 24), token("openai-key", "sk-svcacct-", Word, 24), token("openai-key", "sk-admin-", Word, 24), token("openai-key", "sess-", Alnum, 40),
    token("openrouter-key", "sk-or-", Word, 30), token("langfuse-key", "sk-lf-", Word, 30), token("helicone-key", "sk-helicone-", Word, 20), token("api-key", "sk-", Word, 20),
    mark("langsmith-key", "lsv2_", Word, 36), token("langsmith-key", "ls__", Hex, 32), mark("perplexity-key", "pplx-", Alnum, 30), token("groq-key", "gsk_", Alnum, 30), token("xai-key", "xai-", Alnum, 40), token("replicate-token", "r8_", Alnum, 30),
    token("huggingface-token", "hf_", Alnum, 30), mark("huggingface-token", "api_org_", Alnum, 30), mark("together-key", "tgp_v1_", Word, 30), token("fireworks-key", "fw_", Alnum, 20), token("cerebras-key", "csk-", Alnum, 30), token("voyage-key", "pa-", Word, 40),
    mark("jina-key", "jina_", Word, 40), mark("tavily-key", "tvly-", Word, 24), token("firecrawl-key", "fc-", Hex, 30), token("elevenlabs-key", "sk_", Alnum, 32), token("e2b-key", "e2b_", Hex, 30), token("runpod-key", "rpa_", Alnum, 30),
    mark("wandb-key", "wandb_v1_", Word, 30), mark("nvidia-key", "nvapi-", Word, 40), mark("pinecone-key", "pcsk_", Word, 40), mark("pinecone-key", "pclocal-", Word, 20), mark("anyscale-key", "esecret_", Alnum, 20), token("llamacloud-key", "llx-", Alnum, 30),
    token("sourcegraph-token", "sgp_", Word, 40), token("sourcegraph-token", "sgd_", Hex, 40), token("sourcegraph-token", "slk_", Hex, 40), mark("cursor-key", "crsr_", Hex, 30), token("cursor-key", "key_", Hex, 60), token("baseten-key", "bsk_", Word, 24), token("deepinfra-key", "di_", Alnum, 28), mark("composio-key", "comp_", Alnum, 20), token("mem0-key", "m0-", Alnum, 36), mark("browserbase-key", "bb_live_", Word, 16), token("stability-key", "sai-", Word, 30),
    // Packages
    token("npm-token", "npm_", Alnum, 30), mark("pypi-token", "pypi-", Word, 50), token("crates-token", "cio", Alnum, 32), mark("rubygems-key", "rubygems_", Hex, 40), token("nuget-key", "oy2", Lower, 40), mark("docker-token", "dckr_pat_", Word, 20), mark("docker-token", "dckr_oat_", Word, 20),
    token("artifactory-key", "AKCp", Alnum, 60), token("artifactory-token", "cmVmdGtuO", Alnum, 40), mark("clojars-token", "CLOJARS_", Hex, 50), mark("packagist-token", "packagist_", Word, 40), mark("jsr-token", "jsrp_", Alnum, 30), mark("jsr-token", "jsrd_", Alnum, 30), token("conda-token", "co-", Hex, 60), token("cloudsmith-token", "csa_", Alnum, 30), mark("bun-token", "hexpm_", Alnum, 30),
    // Builds
    mark("buildkite-token", "bkua_", Alnum, 36), mark("buildkite-token", "bkct_", Alnum, 36), mark("buildkite-token", "bkat_", Alnum, 36), mark("circleci-token", "CCIPAT_", Word, 30), mark("circleci-token", "CCIPRJ_", Word, 30), token("bitbucket-token", "ATBB", Alnum, 28), mark("atlassian-token", "ATATT3", Any, 60), mark("atlassian-token", "ATCTT3", Any, 60), mark("atlassian-token", "ATSTT3", Any, 60), token("trello-token", "ATTA", Alnum, 60), token("azure-devops-token", "AZDO", Alnum, 60),
    token("sonar-token", "squ_", Hex, 36), token("sonar-token", "sqp_", Hex, 36), token("sonar-token", "sqa_", Hex, 36), mark("socket-token", "sktsec_", Word, 30), mark("depot-token", "depot_org_", Alnum, 30), mark("depot-token", "depot_project_", Alnum, 30), mark("snyk-token", "snyk_uat.", Any, 40), mark("snyk-token", "snyk_sat.", Any, 40), token("harness-token", "pat.", Dotted, 60), token("launchdarkly-key", "sdk-", Word, 36), token("launchdarkly-key", "api-", Word, 36), token("launchdarkly-key", "mob-", Word, 36), mark("codegen-token", "dapr_", Alnum, 30), mark("nx-token", "nxcloud_", Word, 30), token("blacksmith-token", "bst_", Alnum, 40),
    // Messages
    mark("sendgrid-key", "SG.", Dotted, 50), token("twilio-key", "SK", Hex, 32), token("mailgun-key", "key-", Hex, 32), token("mailchimp-key", "md-", Word, 22), token("resend-key", "re_", Word, 24), mark("brevo-key", "xkeysib-", Word, 60), mark("brevo-key", "xsmtpsib-", Word, 60), token("klaviyo-key", "pk_", Hex, 34), token("telnyx-key", "KEY0", Word, 40), token("loops-key", "lsk_", Alnum, 24), mark("knock-key", "sk_knock_", Word, 24), mark("courier-key", "pk_prod_", Upper, 24), mark("onesignal-key", "os_v2_app_", Alnum, 40), mark("onesignal-key", "os_v2_org_", Alnum, 40), token("novu-key", "nv-", Alnum, 30), mark("mailersend-token", "mlsn.", Hex, 60), token("mailjet-key", "mj_", Alnum, 40), mark("sendinblue-key", "xkeysib.", Word, 60), mark("intercom-token", "dG9rO", Base64, 50),
    // Social
    token("facebook-token", "EAA", Alnum, 96), token("facebook-token", "EAAC", Alnum, 60), token("facebook-token", "EAAG", Alnum, 60), token("facebook-token", "EAAB", Alnum, 60), token("facebook-token", "EAAJ", Alnum, 60), token("facebook-token", "EAAW", Alnum, 60), token("facebook-token", "EAAD", Alnum, 60), token("instagram-token", "IGQ", Word, 60), token("instagram-token", "IGAA", Word, 60), token("twitter-token", "AAAAAAAAAAAAAAAAAAAA", Any, 60), mark("twitch-token", "oauth:", Lower, 28), mark("pinterest-token", "pina_", Alnum, 30), mark("linkedin-token", "WPL_AP", Any, 20), token("discord-token", "mfa.", Word, 60),
    // Hosting
    mark("digitalocean-token", "dop_v1_", Hex, 60), mark("digitalocean-token", "doo_v1_", Hex, 60), mark("digitalocean-token", "dor_v1_", Hex, 60), token("digitalocean-token", "DO00", Upper, 16), mark("heroku-key", "HRKU-", Word, 36), mark("cloudflare-key", "v1.0-", Word, 100), mark("cloudflare-token", "cfut_", Word, 36), mark("cloudflare-token", "cfat_", Word, 36), token("cloudflare-token", "cfk_", Word, 36), token("vercel-token", "vcp_", Alnum, 20), token("vercel-token", "vca_", Alnum, 20), token("vercel-token", "vci_", Alnum, 20), token("vercel-token", "vcr_", Alnum, 20), token("vercel-token", "vck_", Alnum, 20), mark("vercel-token", "vercel_blob_rw_", Word, 30),
    token("netlify-token", "nfp_", Alnum, 30), token("netlify-token", "nfc_", Alnum, 30), token("netlify-token", "nfo_", Alnum, 30), token("netlify-token", "nfu_", Alnum, 30), token("netlify-token", "nfb_", Alnum, 30), mark("fly-token", "fm1r_", Any, 40), mark("fly-token", "fm1a_", Any, 40), token("fly-token", "fm2_", Any, 40), token("fly-token", "fo1_", Word, 40), token("render-key", "rnd_", Alnum, 24), token("alibaba-key", "LTAI", Alnum, 12), token("tencent-key", "AKID", Alnum, 30), token("yandex-key", "AQVN", Word, 34), token("yandex-token", "y0_", Word, 40), token("yandex-key", "YCA", Word, 36), token("scaleway-key", "SCW", Upper, 17), token("railway-token", "rw_", Alnum, 30), mark("scalingo-token", "tk-us-", Word, 40), mark("hetzner-token", "hcloud_", Alnum, 40), mark("openshift-token", "sha256~", Word, 40), mark("koyeb-token", "koyeb_", Alnum, 40), mark("upcloud-token", "ucat_", Upper, 24), mark("tailscale-key", "tskey-", Word, 16), mark("ngrok-key", "ngrok_", Word, 30), token("zerossl-key", "zt_", Alnum, 30), token("netbird-token", "nbp_", Alnum, 30), token("deno-token", "ddp_", Alnum, 30), token("deno-token", "ddo_", Alnum, 30), token("deno-token", "ddw_", Alnum, 30),
    // Secret stores and infrastructure
    mark("vault-token", "hvs.", Word, 20), mark("vault-token", "hvb.", Word, 60), mark("vault-token", "hvr.", Word, 20), token("vault-token", "s.", Alnum, 24), mark("doppler-token", "dp.pt.", Alnum, 30), mark("doppler-token", "dp.st.", Dotted, 30), mark("doppler-token", "dp.ct.", Alnum, 30), mark("doppler-token", "dp.sa.", Alnum, 30), mark("doppler-token", "dp.scim.", Alnum, 30), mark("doppler-token", "dp.audit.", Alnum, 30), token("pulumi-token", "pul-", Hex, 36), token("infisical-token", "st.", Dotted, 60), mark("1password-token", "ops_eyJ", Base64, 60), token("1password-key", "A3-", Word, 30), mark("spacelift-token", "spacelift_", Word, 30), token("akeyless-key", "akl_", Alnum, 30), mark("dynatrace-token", "dt0c01.", Dotted, 60), mark("dynatrace-token", "dt0s0", Dotted, 60), token("octopus-key", "API-", Upper, 25), token("prefect-key", "pnu_", Alnum, 30), token("prefect-key", "pnb_", Alnum, 30), mark("teleport-token", "tctl_", Alnum, 30), mark("env0-key", "env0_", Alnum, 30),
    // Data
    token("databricks-token", "dapi", Hex, 32), token("databricks-token", "dose", Hex, 32), token("databricks-token", "dkea", Hex, 32), token("supabase-key", "sbp_", Alnum, 36), mark("supabase-key", "sb_secret_", Word, 20), token("supabase-key", "sbs_", Word, 36), mark("planetscale-token", "pscale_tkn_", Dotted, 30), mark("planetscale-token", "pscale_pw_", Dotted, 30), mark("planetscale-token", "pscale_oauth_", Dotted, 30), mark("neon-key", "napi_", Alnum, 30), token("neon-password", "npg_", Alnum, 10), mark("cockroach-key", "CCDB1_", Word, 30), mark("aiven-password", "AVNS_", Word, 16), mark("elastic-key", "essu_", Base64, 20), token("algolia-key", "alg_", Alnum, 30), mark("contentful-token", "CFPAT-", Word, 40), mark("prisma-key", "prisma+postgres", Any, 60), mark("convex-key", "convex_", Word, 30), mark("tinybird-token", "p.eyJ", Dotted, 40), token("xata-key", "xau_", Alnum, 30), mark("hasura-token", "hasura_", Alnum, 40), mark("dbt-token", "dbtc_", Word, 36), mark("dbt-token", "dbtu_", Word, 36), token("motherduck-token", "md_", Alnum, 50), mark("astra-token", "AstraCS:", Any, 60),
    // Tools
    mark("linear-key", "lin_api_", Alnum, 30), mark("linear-key", "lin_oauth_", Alnum, 30), token("notion-token", "ntn_", Alnum, 36), token("notion-token", "secret_", Alnum, 40), mark("figma-token", "figd_", Word, 36), token("figma-token", "figo", Word, 40), token("airtable-token", "pat", Dotted, 70), mark("hubspot-token", "pat-na1-", Word, 30), mark("hubspot-token", "pat-eu1-", Word, 30), mark("hubspot-token", "pat-na2-", Word, 30), mark("postman-key", "PMAK-", Word, 40), mark("postman-key", "PMAT-", Word, 24), token("typeform-token", "tfp_", Word, 40), token("dropbox-token", "sl.", Word, 100), mark("dropbox-token", "sl.u.", Word, 60), token("dropbox-token", "sl.B", Word, 60), mark("readme-key", "rdme_", Alnum, 60), mark("frameio-token", "fio-u-", Any, 60), token("adobe-key", "p8e-", Alnum, 30), mark("calendly-token", "cal_live_", Hex, 30), token("cal-key", "cal_", Hex, 30), token("clickup-token", "pk_", Upper, 34), mark("retool-token", "retool_", Alnum, 30), token("webflow-token", "wfp_", Alnum, 30), mark("fibery-token", "fibery_", Alnum, 30), mark("replit-token", "replit_", Alnum, 30), mark("ably-key", "ably_", Any, 30), mark("liveblocks-key", "sk_dev_", Word, 24), mark("mapbox-token", "sk.eyJ", Dotted, 40), mark("mapbox-token", "tk.eyJ", Dotted, 40), mark("workos-key", "sk_a_", Word, 24), mark("stytch-key", "secret-live-", Word, 30), mark("stytch-key", "secret-test-", Word, 30), mark("canva-token", "cnvca", Word, 40), token("gumroad-token", "gum_", Alnum, 40), mark("rapidapi-key", "rapi_", Alnum, 30), mark("apify-token", "apify_api_", Alnum, 30), mark("zapier-key", "sk-ak-", Word, 30), mark("statsig-key", "secret-", Alnum, 40),
    // Watching
    mark("sentry-token", "sntrys_", Any, 40), mark("sentry-token", "sntryu_", Hex, 40), mark("sentry-token", "sntrya_", Hex, 40), mark("sentry-token", "sntryi_", Hex, 40), mark("grafana-token", "glsa_", Word, 36), token("grafana-token", "glc_", Base64, 32), mark("grafana-key", "eyJrIjoi", Base64, 50), mark("newrelic-key", "NRAK-", Alnum, 24), mark("newrelic-key", "NRJS-", Alnum, 16), mark("newrelic-key", "NRRA-", Hex, 36), mark("newrelic-key", "NRII-", Word, 28), mark("newrelic-key", "NRIQ-", Word, 28), mark("newrelic-key", "NRSP-", Word, 16), mark("datadog-token", "ddapp_", Alnum, 30), mark("honeycomb-key", "hcaik_", Alnum, 50), mark("honeycomb-key", "hcxik_", Alnum, 50), mark("honeycomb-key", "hcamk_", Alnum, 50), mark("axiom-token", "xaat-", Word, 30), mark("axiom-token", "xapt-", Word, 30), token("posthog-key", "phx_", Alnum, 30), token("posthog-key", "phs_", Alnum, 30), token("checkly-key", "cu_", Hex, 30), mark("logfire-token", "pylf_v", Word, 30), mark("langwatch-key", "sk-lw-", Word, 30), mark("incident-key", "inc_live_", Alnum, 30), mark("rootly-key", "rootly_", Hex, 40),
    // Providers since 2024
    token("lambda-key", "secret_", Dotted, 60), mark("workos-key", "sk_test_", Base64, 40), mark("workos-key", "sk_live_", Base64, 40), token("daytona-key", "dtn_", Hex, 40), token("composio-key", "ak_", Word, 18), token("composio-key", "oak_", Word, 18), token("composio-key", "uak_", Word, 18), token("modal-token", "ak-", Alnum, 22), token("modal-token", "as-", Alnum, 22), token("modal-token", "wk-", Alnum, 22), token("modal-token", "ws-", Alnum, 22),
    mark("trigger-key", "tr_dev_", Alnum, 20), mark("trigger-key", "tr_prod_", Alnum, 20), mark("trigger-key", "tr_stg_", Alnum, 20), mark("trigger-key", "tr_preview_", Alnum, 20), mark("trigger-key", "tr_pat_", Alnum, 30), mark("inngest-key", "signkey-", Word, 32), mark("amp-token", "sgamp_user_", Word, 30), mark("context7-key", "ctx7sk-", Word, 24), mark("you-key", "ydc-sk-", Word, 20),
    token("factory-key", "fk-", Word, 60), mark("windsurf-key", "sk-ws-", Word, 30), mark("letta-key", "sk-let-", Base64, 40), token("unkey-key", "unkey_", Alnum, 20), token("turbopuffer-key", "tpuf_", Alnum, 24), token("chroma-key", "ck-", Alnum, 40), token("mixedbread-key", "mxb_", Alnum, 28), token("nomic-key", "nk-", Word, 40), mark("codesandbox-token", "csb_v1_", Word, 30),
    mark("baidu-key", "bce-v3/ALTAK-", Any, 40), token("volcengine-key", "AKLT", Alnum, 40), token("creem-key", "creem_", Alnum, 20), token("hex-token", "hxtp_", Hex, 60), token("hex-token", "hxtw_", Hex, 60), mark("linear-secret", "lin_wh_", Alnum, 30), mark("n8n-key", "n8n_api_", Dotted, 40), token("tigris-key", "tsec_", Word, 40), token("namespace-token", "nsct_", Dotted, 40), token("northflank-token", "nf-", Dotted, 40),
    token("semgrep-token", "sgp_", Alnum, 40), token("aikido-token", "AIK_", Alnum, 30), token("dify-key", "app-", Alnum, 24), token("dify-key", "dataset-", Alnum, 24), token("supermemory-key", "sm_", Word, 60), token("valtown-token", "vtwn_", Alnum, 24), mark("docker-swarm-token", "SWMTKN-1-", Word, 60), token("k3s-token", "K10", Any, 70), token("buildkite-token", "bkps_", Alnum, 30), token("buildkite-token", "bkaj_", Any, 40), token("posthog-key", "pha_", Alnum, 30), token("posthog-key", "phr_", Alnum, 30),
    token("minimax-key", "sk-api-", Word, 40), token("braintrust-key", "bt-st-", Alnum, 30), token("figma-token", "figu_", Word, 36), token("replit-token", "rpl_", Alnum, 40), mark("huggingface-token", "hf_oauth_", Dotted, 40), token("hetzner-key", "hzc_", Alnum, 40), token("steel-key", "ste-", Alnum, 40), mark("cartesia-key", "sk_car_", Word, 20),
    // Keys
    mark("age-key", "AGE-SECRET-KEY-1", Upper, 40), mark("age-key", "AGE-SECRET-KEY-PQ-1", Upper, 40), mark("signify-key", "RWRCS", Base64, 100), mark("sui-key", "suiprivkey1", Lower, 50), token("tezos-key", "edsk", Alnum, 50), token("tezos-key", "edesk", Alnum, 80), token("bitcoin-key", "yprv", Alnum, 100), token("bitcoin-key", "zprv", Alnum, 100), token("bitcoin-key", "tprv", Alnum, 100), token("bitcoin-key", "xprv", Alnum, 100), token("nats-key", "SUA", Upper, 54), token("nats-key", "SAA", Upper, 54), mark("age-key", "AGE-PLUGIN-", Word, 40), token("nostr-key", "nsec1", Lower, 50), mark("minisign-key", "RWRTY0Iy", Base64, 80),
   
];

pub(crate) static PATTERNS: [PatternRule; 30] = [
    // RFC 7519; the signature may be cut off or missing. Encrypted tokens (RFC 7516) have five parts.
    PatternRule::new(
        "jwt",
        &["eyJ", "ewog"],
        r"\b(?:eyJ|ewog)[A-Za-z0-9_-]{8,}\.(?:eyJ|ewog)?[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){0,3}",
        ValueCheck::Format,
    )
    .with_run(20),
    PatternRule::new("azure-ad-secret", &["Q~"], r"[A-Za-z0-9_~.-]{2,4}\dQ~[A-Za-z0-9_~.-]{28,36}", ValueCheck::Format),
    // Microsoft: signatures of identifiable keys, at a fixed place near the end.
    PatternRule::new(
        "azure-key",
        &[
            "+ASt", "AzSe", "AzCa", "AzFu", "+ACR", "+AMC", "+ARm", "+AEh", "+AIo", "ACDb", "AzIo", "APIM", "JQQJ9",
            "+ABa",
        ],
        r"\b[A-Za-z0-9+/]{24,86}(?:\+ASt|AzSe|AzCa|AzFu|\+ACR|\+AMC|\+ARm|\+AEh|\+AIo|ACDb|AzIo|APIM|JQQJ9|\+ABa)[A-Za-z0-9+/]{4,40}={0,2}",
        ValueCheck::Random,
    ),
    PatternRule::new(
        "azure-key",
        &["AccountKey=", "SharedAccessKey=", "SharedSecretKey="],
        r"(?i)(?:AccountKey|SharedAccessKey|SharedSecretKey)=([A-Za-z0-9+/%]{20,}={0,2})",
        ValueCheck::Value,
    ),
    PatternRule::new("azure-sas", &["sig="], r"[?&;]sig=([A-Za-z0-9%+/_=-]{16,})", ValueCheck::Value),
    PatternRule::new(
        "aws-signature",
        &["X-Amz-Signature", "X-Amz-Security-Token", "X-Goog-Signature"],
        r"(?i)X-(?:Amz|Goog)-(?:Signature|Security-Token)=([A-Za-z0-9%+/_=-]{16,})",
        ValueCheck::Value,
    ),
    // A table that `aws iam create-access-key` or the console writes: id, then the key.
    PatternRule::new(
        "aws-secret-key",
        &["AKIA", "ASIA"],
        r#"(?:AKIA|ASIA)[A-Z0-9]{16}["'\s,;:|\\]{1,8}(?:[A-Za-z_ "':=]{0,40}["'\s,;:|=\\]+)?([A-Za-z0-9/+]{40})(?:[^A-Za-z0-9/+]|$)"#,
        ValueCheck::Random,
    ),
    PatternRule::new(
        "slack-webhook",
        &["hooks.slack"],
        r"hooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers)/([A-Za-z0-9/_+-]{20,})",
        ValueCheck::Value,
    ),
    PatternRule::new(
        "discord-webhook",
        &["/api/webhooks/"],
        r"discord(?:app)?\.com/api/(?:v\d+/)?webhooks/\d{10,}/([A-Za-z0-9_-]{30,})",
        ValueCheck::Value,
    ),
    PatternRule::new(
        "teams-webhook",
        &["webhook.office.com", "/webhookb2/", "/IncomingWebhook/"],
        r"webhook\.office(?:365)?\.com/(?:webhookb2/)?([A-Za-z0-9@/_-]{40,})",
        ValueCheck::Value,
    ),
    PatternRule::new(
        "webhook",
        &[
            "logic.azure.com",
            "hooks.zapier.com",
            "chat.googleapis.com",
            "webhook.site",
            "maker.ifttt.com",
            "hook.eu1.make.com",
            "discord.com/api",
        ],
        r"(?:logic\.azure\.com\S*?[?&]sig=|hooks\.zapier\.com/hooks/catch/|chat\.googleapis\.com/v1/spaces/\S*?[?&]key=|maker\.ifttt\.com/\S*?/key/|hook\.[a-z0-9]+\.make\.com/)([A-Za-z0-9/_%=&-]{12,})",
        ValueCheck::Value,
    ),
    PatternRule::new(
        "discord-token",
        &["discord", "bot ", "token", "client.run", ".login("],
        r"\b([MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,40})\b",
        ValueCheck::Format,
    )
    .with_run(59),
    // Bot API: the id of the bot, a colon, 35 characters that begin with AA.
    PatternRule::new("telegram-token", &[":AA"], r"\b(?:bot)?(\d{8,10}:AA[A-Za-z0-9_-]{32,34})", ValueCheck::Format)
        .with_run(34)
        .with_exact_keyword(),
    PatternRule::new("mailchimp-key", &["-us"], r"\b[0-9a-f]{32}-us\d{1,2}\b", ValueCheck::Format).with_run(36),
    PatternRule::new("mailgun-key", &["mailgun"], r"\b([0-9a-f]{32}-[0-9a-f]{8}-[0-9a-f]{8})\b", ValueCheck::Format)
        .with_run(50),
    PatternRule::new(
        "terraform-token",
        &[".atlasv1."],
        r"[A-Za-z0-9]{10,20}\.atlasv1\.[A-Za-z0-9_=-]{40,}",
        ValueCheck::Format,
    ),
    PatternRule::new(
        "okta-token",
        &["SSWS", "okta"],
        r"(?i)(?:SSWS|okta[A-Za-z0-9_. -]{0,30}[=:])[\s\x22']{0,4}(00[A-Za-z0-9_-]{38,44})",
        ValueCheck::Value,
    ),
    PatternRule::new("asana-token", &["asana"], r"\b([0-2]/\d{10,}(?:/\d{10,})?:[0-9a-f]{32})\b", ValueCheck::Format)
        .with_run(32),
    PatternRule::new("airtable-token", &["pat"], r"\b(pat[A-Za-z0-9]{14}\.[0-9a-f]{64})\b", ValueCheck::Format)
        .with_run(82)
        .with_exact_keyword(),
    PatternRule::new(
        "sentry-dsn",
        &["ingest", "sentry"],
        r"https://([0-9a-f]{32}(?::[0-9a-f]{32})?)@[A-Za-z0-9.-]+/\d+",
        ValueCheck::Format,
    ),
    PatternRule::new("salesforce-token", &["00D"], r"\b(00D[A-Za-z0-9]{12,15}![A-Za-z0-9._]{80,})", ValueCheck::Format)
        .with_run(80)
        .with_exact_keyword(),
    PatternRule::new(
        "wireguard-key",
        &["PrivateKey", "PresharedKey"],
        r"(?i)(?:PrivateKey|PresharedKey)\s*=\s*([A-Za-z0-9+/]{42,43}=)",
        ValueCheck::Value,
    ),
    PatternRule::new(
        "putty-key",
        &["Private-Lines"],
        r"Private-Lines: \d+\s+((?:[A-Za-z0-9+/=]{1,64}\s+){2,})",
        ValueCheck::Format,
    ),
    // crypt(3) and htpasswd: bcrypt, MD5, SHA-256, SHA-512, yescrypt; argon2 and scrypt in their PHC form.
    PatternRule::new(
        "password-hash",
        &[
            "$2a$",
            "$2b$",
            "$2y$",
            "$apr1$",
            "$1$",
            "$5$",
            "$6$",
            "$y$",
            "$argon2",
            "$scrypt$",
            "pbkdf2_sha256$",
            "{SSHA}",
            "{SHA}",
        ],
        r"(?:\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}|\$(?:apr1|1|5|6|y)\$(?:rounds=\d+\$)?[./A-Za-z0-9]{1,24}\$[./A-Za-z0-9$]{20,90}|\$argon2(?:id|i|d)\$v=\d+\$[A-Za-z0-9=,]+\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]{20,}|pbkdf2_sha256\$\d+\$[A-Za-z0-9]+\$[A-Za-z0-9+/=]{40,}|\{S?SHA\}[A-Za-z0-9+/=]{24,})",
        ValueCheck::Format,
    ),
    PatternRule::new(
        "totp-secret",
        &["otpauth://", "secret="],
        r"(?i)otpauth://\S*?[?&]secret=([A-Z2-7]{16,})",
        ValueCheck::Format,
    ),
    PatternRule::new(
        "bitcoin-key",
        &["wif", "privkey", "private"],
        r"(?i:wif|privkey|private)[A-Za-z0-9_ \x22':=-]{0,24}\b([5KL][1-9A-HJ-NP-Za-km-z]{50,51})\b",
        ValueCheck::Random,
    ),
    PatternRule::new(
        "seed-phrase",
        &["mnemonic", "seed", "recovery phrase", "secret phrase", "wallet"],
        r#"(?i)(?:mnemonic|seed|recovery|secret phrase|wallet)[A-Za-z_ ]{0,24}["']?\s*(?:[:=]|is)+\s*["'`]?((?:[a-z]{3,8}[ \t]+){11,23}[a-z]{3,8})"#,
        ValueCheck::Words,
    ),
    PatternRule::new("fly-token", &["FlyV1"], r"FlyV1 ([A-Za-z0-9_+/=,-]{40,})", ValueCheck::Value),
    PatternRule::new("private-jwk", &["\"kty\""], r#""d"\s*:\s*"([A-Za-z0-9_-]{40,})""#, ValueCheck::Format)
        .with_run(40),
    PatternRule::new(
        "facebook-token",
        &["0|", "1|", "2|", "3|", "4|", "5|", "6|", "7|", "8|", "9|"],
        r"\b(\d{13,17}\|[A-Za-z0-9_-]{27})\b",
        ValueCheck::Random,
    )
    .with_run(27),
];
