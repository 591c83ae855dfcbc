"""A first lesson before the labels: guess hidden words, so that the encoder meets how people post.

Only texts of sets marked trainable are used. The result is a folder that `train` takes as its base weights.
"""

import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count, islice
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer
from torch import nn

from bot.readers.card import TOKENIZER
from bot.readers.train import Encoded, Plan, batches, encode, network, tensors
from bot.readers.train_data import training_rows

HIDDEN_SHARE = 0.15
MASK, FIRST_WORD = 103, 1000
"""BERT's `[MASK]`, and the first token that is not a sign of its own."""


class Guess(nn.Module):  # type: ignore[misc]
    """The encoder with a head that names the hidden tokens; its last layer is the encoder's own word table."""

    def __init__(self, encoder: Any) -> None:
        super().__init__()
        width = encoder.config.hidden_size
        self.encoder = encoder
        self.turn = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.LayerNorm(width))
        self.bias = nn.Parameter(torch.zeros(encoder.config.vocab_size))

    def forward(self, rows: Sequence[Encoded], seed: int) -> Any:
        """The summed loss over the hidden tokens of some rows, and how many they are."""
        fed = tensors(rows)
        ids = fed["input_ids"]
        chance = torch.Generator().manual_seed(seed)
        dice = torch.rand(ids.shape, generator=chance)
        hidden = (dice < HIDDEN_SHARE) & (ids >= FIRST_WORD)
        masked = ids.clone()
        masked[hidden & (dice < HIDDEN_SHARE * 0.8)] = MASK
        odd = hidden & (dice > HIDDEN_SHARE * 0.9)
        masked[odd] = torch.randint(FIRST_WORD, len(self.bias), (int(odd.sum()),), generator=chance)
        states = self.encoder(masked, fed["attention_mask"], fed["token_type_ids"]).last_hidden_state[hidden]
        words = self.encoder.embeddings.word_embeddings.weight
        logits = nn.functional.linear(self.turn(states), words.to(states.dtype)).float() + self.bias
        return nn.functional.cross_entropy(logits, ids[hidden], reduction="sum"), int(hidden.sum())


class Lesson:
    """The first lesson's state: the network that guesses, its optimizer, and how far it is."""

    def __init__(self, data: Path, base: Path, plan: Plan) -> None:
        torch.manual_seed(plan.seed)
        torch.set_num_threads(1)
        tokenizer = Tokenizer.from_file(str(base / TOKENIZER))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        unique = {row.text: row for row in training_rows(data)[0]}
        self.rows, self.plan = encode(tokenizer, list(unique.values()), plan.longest), plan
        self.model = Guess(network(base, plan).encoder).train()
        self.parameters = list(self.model.parameters())
        self.steps, self.step = int(len(self.rows) / plan.batch * plan.epochs[0]), 0
        self.optimizer = torch.optim.AdamW(self.parameters, lr=plan.rate, weight_decay=plan.decay, fused=True)

    def batches(self) -> Iterator[list[Encoded]]:
        """As many batches as the plan has steps."""
        endless = (batch for epoch in count() for batch in batches(self.rows, self.plan, epoch))
        return islice(endless, self.steps)

    def learn(self, batch: Sequence[Encoded], pool: ThreadPoolExecutor) -> float:
        """One step; the mean loss over the hidden tokens."""
        parts = [batch[at :: self.plan.workers] for at in range(self.plan.workers)]
        jobs = [(part, self.step * 97 + at) for at, part in enumerate(parts) if part]
        done = list(pool.map(self._gradients, jobs))
        tokens = max(1, sum(hidden for _, hidden, _ in done))
        for at, parameter in enumerate(self.parameters):
            parameter.grad = sum(grads[at] for _, _, grads in done) / tokens
        nn.utils.clip_grad_norm_(self.parameters, self.plan.clip)
        warm = max(1, int(self.steps * self.plan.warm_up))
        for group in self.optimizer.param_groups:
            left = (self.steps - self.step) / max(1, self.steps - warm)
            group["lr"] = self.plan.rate * min((self.step + 1) / warm, left)
        self.optimizer.step()
        self.step += 1
        return sum(loss for loss, _, _ in done) / tokens

    def _gradients(self, job: tuple[Sequence[Encoded], int]) -> tuple[float, int, list[Any]]:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss, hidden = self.model(*job)
        grads = torch.autograd.grad(loss, self.parameters, allow_unused=True, materialize_grads=True)
        return float(loss.detach()), hidden, list(grads)


def lesson(data: Path, base: Path, out: Path, plan: Plan, say: Callable[[str], None]) -> Path:
    """Run it and write the encoder to `out`, with the base's tokenizer and configuration. Returns `out`."""
    run, running = Lesson(data, base, plan), 0.0
    with ThreadPoolExecutor(plan.workers, initializer=torch.set_num_threads, initargs=(1,)) as pool:
        for batch in run.batches():
            running += (run.learn(batch, pool) - running) * (0.02 if running else 1)
            if run.step % 50 == 0:
                say(f"masked step {run.step}/{run.steps} loss {running:.4f}")
    _write(run.model.encoder, base, out)
    return out


def _write(encoder: Any, base: Path, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    for name in ("config.json", TOKENIZER):
        shutil.copy(base / name, out / name)
    save_file({name: value.contiguous() for name, value in encoder.state_dict().items()}, out / "model.safetensors")
