#!/usr/bin/env python3
"""Takes ten steps of supervised fine-tuning and ten of preference learning (DPO) on an export, with TRL and a model of a few thousand
random numbers, on the processor: a dataset that loads but that a trainer cannot use is found so.

usage: benches/train_tiny.py DATASET

DATASET has `sft` and `preference`. Needs the packages of benches/requirements-train.txt and no network. Exit code 1 where a row does not
come through tokenizing, a loss is no number, or the model is the same after the steps.
"""

import os
import sys
import tempfile
from pathlib import Path

os.environ.update(HF_HUB_OFFLINE="1", HF_DATASETS_OFFLINE="1", HF_DATASETS_DISABLE_PROGRESS_BARS="1", TRANSFORMERS_VERBOSITY="error",
                  HF_HOME=tempfile.mkdtemp(), CUDA_VISIBLE_DEVICES="")

import datasets  # noqa: E402
import torch  # noqa: E402
import trl  # noqa: E402
from tokenizers import Tokenizer, models, pre_tokenizers  # noqa: E402
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast  # noqa: E402

STEPS = 10
# TRL leaves out a pair whose prompt alone is as long, and a token is a byte here.
TOKENS = 8_192
TEMPLATE = Path(trl.__file__).parent / "chat_templates" / "qwen3.jinja"


def tokenizer():
    """A token for each byte, with a template that knows tools."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    bytes_only = Tokenizer(models.BPE(vocab={byte: number for number, byte in enumerate(alphabet)}, merges=[]))
    bytes_only.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made = PreTrainedTokenizerFast(tokenizer_object=bytes_only, eos_token="<|im_end|>", pad_token="<|pad|>")
    made.chat_template = TEMPLATE.read_text(encoding="utf-8")
    return made


def model(tokens):
    torch.manual_seed(1)
    return LlamaForCausalLM(LlamaConfig(
        vocab_size=len(tokens), hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2,
        max_position_embeddings=TOKENS, pad_token_id=tokens.pad_token_id, eos_token_id=tokens.eos_token_id))


def settings(kind, folder, **more):
    return kind(output_dir=folder, max_steps=STEPS, per_device_train_batch_size=1, max_length=TOKENS, logging_steps=1, save_strategy="no",
                report_to=[], use_cpu=True, bf16=False, learning_rate=1e-3, disable_tqdm=True, seed=1, **more)


def train(name, trainer, rows):
    before = [one.detach().clone() for one in trainer.model.parameters()]
    trainer.train()
    losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    changed = any(not torch.equal(one, other) for one, other in zip(before, trainer.model.parameters()))
    good = len(losses) == STEPS and all(loss == loss and abs(loss) < 1e9 for loss in losses) and changed
    good &= len(trainer.train_dataset) == len(rows)
    print(f"{'ok  ' if good else 'FAIL'} {name}: {len(trainer.train_dataset)} of {len(rows)} rows, {len(losses)} steps, "
          f"loss {losses[0]:.3f} to {losses[-1]:.3f}" if losses else f"FAIL {name}: no step", flush=True)
    return good


def main():
    dataset, good = sys.argv[1], True
    tokens = tokenizer()
    with tempfile.TemporaryDirectory() as folder:
        rows = datasets.load_dataset(dataset, "sft", split="train", cache_dir=folder)
        trainer = trl.SFTTrainer(model(tokens), settings(trl.SFTConfig, folder), train_dataset=rows, processing_class=tokens)
        good &= train("sft", trainer, rows)
        rows = datasets.load_dataset(dataset, "preference", split="train", cache_dir=folder)
        # Without one it would load the reference by the name of the model, which has none.
        trainer = trl.DPOTrainer(model(tokens), ref_model=model(tokens), args=settings(trl.DPOConfig, folder), train_dataset=rows,
                                 processing_class=tokens)
        good &= train("preference", trainer, rows)
    sys.exit(not good)


if __name__ == "__main__":
    main()
