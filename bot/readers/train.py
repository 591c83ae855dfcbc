"""Fits the built-in reader: one small encoder, mean pooling, six linear heads, several tasks at once.

Needs the extra `train`; running the reader does not. Seeded; resumes from its last checkpoint; chooses on validation
rows only. Recipe and every attempt with its figures: docs/reading-figures.md.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import nn
from transformers import BertModel

from bot.clock import SystemClock
from bot.readers.normalise import cut
from bot.readers.train_data import HEADS, Example, examples, training_rows

CHECKPOINT_EVERY = 300.0
"""Seconds between checkpoints."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The hyper-parameters of a fit. They are written into the card as they stand here.

    `seed` is where a fit starts, `orders` in which orders it meets the rows, for how many `epochs`: one fit for each
    order, from the same start.
    """

    seed: int = 7
    orders: tuple[int, ...] = (7, 11)
    epochs: tuple[float, ...] = (3.2, 2.2)
    batch: int = 32
    longest: int = 80
    rate: float = 1e-4
    head_rate: float = 5.0
    warm_up: float = 0.06
    decay: float = 0.01
    dropout: float = 0.1
    smoothing: float = 0.05
    clip: float = 1.0
    average: float = 0.998
    average_from: float = 0.6
    workers: int = 2


@dataclass(frozen=True, slots=True)
class Encoded:
    """A row as token ids. `types` are 0 for what the text is about and 1 for the text, all 0 without a pair."""

    ids: tuple[int, ...]
    types: tuple[int, ...]
    head: int
    label: int


class Network(nn.Module):  # type: ignore[misc]
    """The encoder with its heads. Gives every head's logits side by side, and the pooled text."""

    def __init__(self, encoder: Any, dropout: float) -> None:
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        self.heads = nn.Linear(encoder.config.hidden_size, sum(map(len, HEADS.values())))

    def forward(self, input_ids: Any, attention_mask: Any, token_type_ids: Any) -> tuple[Any, Any]:
        hidden = self.encoder(input_ids, attention_mask, token_type_ids).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
        pooled = (hidden * mask).sum(1) / mask.sum(1)
        return self.heads(self.dropout(pooled)).float(), pooled.float()


def network(base: Path, plan: Plan) -> Network:
    """The untrained network on the base weights found in `base` (safetensors only)."""
    encoder = BertModel.from_pretrained(
        base, attn_implementation="eager", add_pooling_layer=False, use_safetensors=True, dtype=torch.float32
    )
    return Network(encoder, plan.dropout)


def encode(tokenizer: Tokenizer, rows: Sequence[Example], longest: int) -> list[Encoded]:
    """Rows as token ids, at most `longest` each."""
    names = list(HEADS)
    pairs = [(row.pair, row.text) if row.pair else row.text for row in rows]
    found = tokenizer.encode_batch(pairs)
    return [
        Encoded(tuple(cut(one.ids, longest)), tuple(cut(one.type_ids, longest)), names.index(row.head), row.label)
        for row, one in zip(rows, found, strict=True)
    ]


def tensors(rows: Sequence[Encoded]) -> dict[str, Any]:
    """The model's three inputs, padded to the longest row."""
    width = max(len(row.ids) for row in rows)
    ids = np.zeros((len(rows), width), np.int64)
    types, mask = np.zeros_like(ids), np.zeros_like(ids)
    for at, row in enumerate(rows):
        ids[at, : len(row.ids)], types[at, : len(row.ids)], mask[at, : len(row.ids)] = row.ids, row.types, 1
    return {
        "input_ids": torch.from_numpy(ids),
        "attention_mask": torch.from_numpy(mask),
        "token_type_ids": torch.from_numpy(types),
    }


def batches(rows: Sequence[Encoded], plan: Plan, epoch: int) -> Iterator[list[Encoded]]:
    """One epoch: shuffled, then sorted by length within stretches of fifty batches, then shuffled again."""
    chance = np.random.default_rng((*plan.orders, epoch))
    order = chance.permutation(len(rows))
    groups: list[list[int]] = []
    for start in range(0, len(order), plan.batch * 50):
        stretch = sorted(order[start : start + plan.batch * 50].tolist(), key=lambda at: len(rows[at].ids))
        groups += [stretch[at : at + plan.batch] for at in range(0, len(stretch), plan.batch)]
    for at in chance.permutation(len(groups)):
        yield [rows[row] for row in groups[at]]


def columns() -> list[slice]:
    """Where each head's logits stand in the model's output."""
    ends = np.cumsum([len(labels) for labels in HEADS.values()])
    return [slice(int(end) - len(labels), int(end)) for end, labels in zip(ends, HEADS.values(), strict=True)]


def class_weights(rows: Sequence[Encoded]) -> list[Any]:
    """Per head: inverse square-root frequency of each label, one on average over its rows."""
    found = []
    for head, labels in enumerate(HEADS.values()):
        counts = np.bincount([row.label for row in rows if row.head == head], minlength=len(labels)).astype(float)
        weights = 1 / np.sqrt(np.maximum(counts, 1))
        found.append(torch.tensor(weights * counts.sum() / max((weights * counts).sum(), 1e-9), dtype=torch.float32))
    return found


def loss_of(logits: Any, rows: Sequence[Encoded], weights: Sequence[Any], smoothing: float) -> Any:
    """The summed loss of rows of any mixture of heads; each row is judged by its own head only."""
    total = logits.new_zeros(())
    for head, place in enumerate(columns()):
        mine = [at for at, row in enumerate(rows) if row.head == head]
        if mine:
            target = torch.tensor([rows[at].label for at in mine])
            each = nn.functional.cross_entropy(logits[mine, place], target, reduction="none", label_smoothing=smoothing)
            total = total + (each * weights[head][target]).sum()
    return total


class Fit:
    """One training run that can stop anywhere and go on."""

    def __init__(self, data: Path, base: Path, out: Path, plan: Plan, say: Callable[[str], None]) -> None:
        torch.manual_seed(plan.seed)
        torch.set_num_threads(1)
        out.mkdir(parents=True, exist_ok=True)
        self.plan, self.out, self.say, self.data = plan, out, say, data
        self.tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()
        found, dropped = training_rows(data)
        self.rows = encode(self.tokenizer, found, plan.longest)
        say(f"{len(self.rows)} rows, {dropped} dropped as near-copies of measured ones")
        self.weights = class_weights(self.rows)
        self.model = network(base, plan)
        self.mean = {name: value.detach().clone() for name, value in self.model.named_parameters()}
        self.steps = int(len(self.rows) / plan.batch * plan.epochs[0])
        self.step = 0
        heads = list(self.model.heads.parameters())
        self.optimizer = torch.optim.AdamW(
            [
                {"params": list(self.model.encoder.parameters()), "scale": 1.0},
                {"params": heads, "scale": plan.head_rate},
            ],
            lr=plan.rate,
            weight_decay=plan.decay,
            fused=True,
        )

    def rate(self) -> float:
        """The share of the full rate at this step: up in a line, down in a line."""
        warm = max(1, int(self.steps * self.plan.warm_up))
        if self.step < warm:
            return (self.step + 1) / warm
        return max(0.0, (self.steps - self.step) / max(1, self.steps - warm))

    def run(self, until: int | None = None) -> None:
        """Train from the last checkpoint, or the beginning, to `until` or the end."""
        clock, end = SystemClock(), min(until or self.steps, self.steps)
        began = saved = clock.monotonic()
        first, running = self.step, 0.0
        with ThreadPoolExecutor(self.plan.workers, initializer=torch.set_num_threads, initargs=(1,)) as pool:
            for batch in self._rest():
                if self.step >= end:
                    break
                running += (self.learn(batch, pool) - running) * (0.02 if self.step > first else 1)
                self.step += 1
                now = clock.monotonic()
                if self.step % 50 == 0:
                    pace = (now - began) / (self.step - first)
                    left = pace * (self.steps - self.step) / 60
                    self.say(f"step {self.step}/{self.steps} loss {running:.4f} {pace:.3f} s/step, {left:.0f} min left")
                if now - saved > CHECKPOINT_EVERY or self.step == end:
                    self.save()
                    saved = now

    def learn(self, batch: Sequence[Encoded], pool: ThreadPoolExecutor) -> float:
        """One step on one batch, its parts computed side by side; the mean loss."""
        self.model.train()
        parts = [batch[at :: self.plan.workers] for at in range(self.plan.workers)]
        done = list(pool.map(self._gradients, [part for part in parts if part]))
        for at, parameter in enumerate(self.model.parameters()):
            total = done[0][1][at]
            for _, more in done[1:]:
                total = total.add_(more[at])
            parameter.grad = total.div_(len(batch))
        nn.utils.clip_grad_norm_(self.model.parameters(), self.plan.clip)
        for group in self.optimizer.param_groups:
            group["lr"] = self.plan.rate * group["scale"] * self.rate()
        self.optimizer.step()
        self._average()
        return sum(loss for loss, _ in done) / len(batch)

    def _gradients(self, part: Sequence[Encoded]) -> tuple[float, list[Any]]:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits, _ = self.model(**tensors(part))
        loss = loss_of(logits, part, self.weights, self.plan.smoothing)
        return float(loss.detach()), list(torch.autograd.grad(loss, list(self.model.parameters())))

    def _average(self) -> None:
        """Every fourth step of the last stretch, move the mean of the weights a little."""
        if self.step % 4 or self.step < self.steps * self.plan.average_from:
            return
        first = self.step < self.steps * self.plan.average_from + 4
        with torch.no_grad():
            for name, value in self.model.named_parameters():
                self.mean[name].lerp_(value, 1.0 if first else 1 - self.plan.average**4)

    def _rest(self) -> Iterator[list[Encoded]]:
        seen, epoch = 0, 0
        while True:
            for batch in batches(self.rows, self.plan, epoch):
                if seen >= self.step:
                    yield batch
                seen += 1
            epoch += 1

    def save(self) -> None:
        """Write the checkpoint whole or not at all."""
        whole = self.out / "last.pt"
        state = {
            "plan": asdict(self.plan),
            "step": self.step,
            "model": self.model.state_dict(),
            "mean": self.mean,
            "optimizer": self.optimizer.state_dict(),
            "chance": torch.get_rng_state(),
        }
        torch.save(state, whole.with_suffix(".part"))
        whole.with_suffix(".part").replace(whole)
        self.say(f"checkpoint at step {self.step}")

    def state(self) -> dict[str, Any]:
        """The weights as they stand, by name, as numpy arrays."""
        return {name: value.float().numpy() for name, value in self.model.state_dict().items()}

    def resume(self) -> bool:
        """Go back to the last checkpoint, if there is one."""
        path = self.out / "last.pt"
        if not path.exists():
            return False
        state = torch.load(path, weights_only=True)
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.mean, self.step = state["mean"], state["step"]
        torch.set_rng_state(state["chance"])
        return True

    def score(self, head: str, averaged: bool = False) -> tuple[Any, Any]:
        """Logits and labels of a head's validation rows, from the weights as they stand or from their mean."""
        rows = encode(self.tokenizer, list(examples(self.data, head, "val")), self.plan.longest)
        model = self.averaged() if averaged else self.model
        model.eval()
        place = columns()[list(HEADS).index(head)]
        order = sorted(range(len(rows)), key=lambda at: len(rows[at].ids))
        logits = np.zeros((len(rows), len(HEADS[head])), np.float32)
        with torch.no_grad():
            for start in range(0, len(order), 64):
                some = order[start : start + 64]
                logits[some] = model(**tensors([rows[at] for at in some]))[0][:, place].numpy()
        return logits, np.array([row.label for row in rows])

    def averaged(self) -> Network:
        """A copy of the network with the mean of its late weights."""
        copy = Network(BertModel(self.model.encoder.config, add_pooling_layer=False), self.plan.dropout)
        copy.load_state_dict({**self.model.state_dict(), **self.mean})
        return copy
