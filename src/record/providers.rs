//! Who offers a model, by the model's name: terms of use are theirs, so that rows must say it.

/// The provider of a model, as its name begins, also behind the name of a router (`openrouter/anthropic/...`). `None` for a name that
/// is not known: an agent may be set up with anybody's model.
pub(crate) fn provider_of(model: &str) -> Option<&'static str> {
    let model = model.to_lowercase();
    let mut parts = model.split(['/', ':', '.']).rev();
    parts.find_map(|part| PROVIDERS.iter().find(|(beginning, _)| part.starts_with(beginning))).map(|(_, name)| *name)
}

/// Beginnings of names of models, and of providers where routers write them; from the providers' own lists, November 2026.
const PROVIDERS: &[(&str, &str)] = &[
    ("anthropic", "anthropic"),
    ("chatgpt", "openai"),
    ("claude", "anthropic"),
    ("codestral", "mistral"),
    ("codex", "openai"),
    ("command-", "cohere"),
    ("deepseek", "deepseek"),
    ("devstral", "mistral"),
    ("gemini", "google"),
    ("gemma", "google"),
    ("glm", "zhipu"),
    ("gpt", "openai"),
    ("grok", "xai"),
    ("haiku", "anthropic"),
    ("kimi", "moonshot"),
    ("llama", "meta"),
    ("minimax", "minimax"),
    ("mistral", "mistral"),
    ("moonshot", "moonshot"),
    ("o1", "openai"),
    ("o3", "openai"),
    ("o4", "openai"),
    ("openai", "openai"),
    ("opus", "anthropic"),
    ("qwen", "alibaba"),
    ("qwq", "alibaba"),
    ("sonnet", "anthropic"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_of_who_offers_it_also_behind_a_router() {
        for (model, provider) in [
            ("claude-opus-4-6", Some("anthropic")),
            ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", Some("anthropic")),
            ("openrouter/anthropic/claude-sonnet-4.5", Some("anthropic")),
            ("gpt-5.4-codex", Some("openai")),
            ("o3-mini", Some("openai")),
            ("gemini-3-pro-preview", Some("google")),
            ("qwen3-coder-plus", Some("alibaba")),
            ("deepseek-ai/DeepSeek-V3.2", Some("deepseek")),
            ("zai-org/GLM-4.7", Some("zhipu")),
            ("my-own-model", None),
            ("<synthetic>", None),
            ("", None),
        ] {
            assert_eq!(provider_of(model), provider, "{model}");
        }
    }
}
