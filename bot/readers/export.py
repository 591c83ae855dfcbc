"""Writes the fitted network as an ONNX graph with eight-bit weights, operator by operator.

The graph is built by hand rather than traced: it is small, and it uses those of ONNX Runtime's fused operators that are
fast (figures: docs/reading-figures.md). It reads one text, or several of one length: no padding, and so no mask.
Operators: onnx.ai/onnx/operators and ONNX Runtime's docs/ContribOperators.md. Needs the package onnx.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

Weights = Literal["bytes", "float"]
"""How matrices are kept: as bytes, their inputs quantised by whole tensor as they come; or as floats, to compare."""

WIDE, NARROW = 127, 63
"""Largest byte of a table, and of a matrix: processors without VNNI add pairs of products in sixteen bits, and only
2 x 255 x 63 is sure to fit, so that the model says the same on old machines."""

FUSED = "com.microsoft"


class Graph:
    """Collects nodes and constants under construction."""

    def __init__(self, state: Mapping[str, npt.NDArray[np.float32]], weights: Weights) -> None:
        self.state, self.weights = state, weights
        self.nodes: list[Any] = []
        self.constants: dict[str, Any] = {}

    def constant(self, name: str, array: Any) -> str:
        """Keep an array under a name, once."""
        if name not in self.constants:
            self.constants[name] = numpy_helper.from_array(np.ascontiguousarray(array), name)
        return name

    def given(self, name: str) -> str:
        """A parameter of the network as it is."""
        return self.constant(name, self.state[name])

    def do(self, operator: str, inputs: Sequence[str], domain: str = "", outputs: int = 1, **settings: Any) -> Any:
        """Add a node; its output's name, or names where it has several."""
        names = [f"{operator}_{len(self.nodes)}_{at}" for at in range(outputs)]
        self.nodes.append(helper.make_node(operator, list(inputs), names, domain=domain, **settings))
        return names[0] if outputs == 1 else names

    def table(self, name: str, ids: str) -> str:
        """Rows of a word table kept as bytes with one scale a row."""
        if self.weights == "float":
            return str(self.do("Gather", [self.given(name), ids]))
        whole, scale = _bytes(self.state[name], WIDE)
        rows = self.do("Cast", [self.do("Gather", [self.constant(f"{name}.q", whole), ids])], to=TensorProto.FLOAT)
        return str(self.do("Mul", [rows, self.do("Gather", [self.constant(f"{name}.s", scale), ids])]))

    def linear(self, name: str, hidden: str, weight: npt.NDArray[np.float32], bias: npt.NDArray[np.float32]) -> str:
        """`hidden` times the transposed weight [out, in], plus bias."""
        added = self.constant(f"{name}.bias", bias)
        if self.weights == "float":
            product = self.do("MatMul", [hidden, self.constant(f"{name}.weight", weight.T)])
            return str(self.do("Add", [product, added]))
        inputs = [hidden, *self.matrix(name, weight), "", added]
        return str(self.do("DynamicQuantizeMatMul", inputs, FUSED))

    def attention(
        self, name: str, hidden: str, weight: npt.NDArray[np.float32], bias: npt.NDArray[np.float32], heads: int
    ) -> str:
        """What every token takes from the others; `weight` and `bias` are those of query, key and value in one."""
        if self.weights == "float":
            joint = self.linear(name, hidden, weight, bias)
            sizes = self.constant("sizes", np.array([len(weight) // 3] * 3))
            parts = self.do("Split", [joint, sizes], outputs=3, axis=2)
            return str(self.do("MultiHeadAttention", parts, FUSED, num_heads=heads))
        table, scale = self.matrix(name, weight)
        inner, factor, zero = self.do("DynamicQuantizeLinear", [hidden], outputs=3)
        inputs = [inner, table, self.constant(f"{name}.bias", bias), factor, scale, "", zero]
        return str(self.do("QAttention", inputs, FUSED, num_heads=heads))

    def matrix(self, name: str, weight: npt.NDArray[np.float32]) -> tuple[str, str]:
        """A matrix [out, in] as the operators want it: transposed bytes, and a scale for each output."""
        whole, scale = _bytes(weight, NARROW)
        return self.constant(f"{name}.q", whole.T), self.constant(f"{name}.s", scale[:, 0])


def graph(state: Mapping[str, npt.NDArray[np.float32]], layers: int, heads: int, weights: Weights = "bytes") -> bytes:
    """The whole model as ONNX bytes: token ids in, logits of every head and the pooled text out.

    `state` is the network's parameters by name, as float32 arrays.
    """
    make = Graph(state, weights)
    hidden = _embedded(make)
    for layer in range(layers):
        hidden = _layer(make, f"encoder.encoder.layer.{layer}", hidden, heads)
    _pooled(make, hidden)
    whole = helper.make_graph(make.nodes, "earshot", _inputs(), _outputs(state), list(make.constants.values()))
    sets = [helper.make_opsetid("", 17), helper.make_opsetid(FUSED, 1)]
    model = helper.make_model(whole, producer_name="earshot", opset_imports=sets, ir_version=9)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def _embedded(make: Graph) -> str:
    words = make.table("encoder.embeddings.word_embeddings.weight", "input_ids")
    start, size = make.constant("start", np.array([0])), make.do("Shape", ["input_ids"], start=1, end=2)
    places = make.do("Slice", [make.given("encoder.embeddings.position_embeddings.weight"), start, size])
    types = make.do("Gather", [make.given("encoder.embeddings.token_type_embeddings.weight"), "token_type_ids"])
    total = make.do("Add", [make.do("Add", [words, types]), places])
    return _norm(make, "encoder.embeddings.LayerNorm", total)


def _layer(make: Graph, at: str, hidden: str, heads: int) -> str:
    parts = [f"{at}.attention.self.{name}" for name in ("query", "key", "value")]
    weight = np.concatenate([make.state[f"{part}.weight"] for part in parts])
    bias = np.concatenate([make.state[f"{part}.bias"] for part in parts])
    hidden = _added(make, f"{at}.attention.output", make.attention(f"{at}.joint", hidden, weight, bias, heads), hidden)
    name = f"{at}.intermediate.dense"
    wide = make.linear(name, hidden, make.state[f"{name}.weight"], make.state[f"{name}.bias"])
    return _added(make, f"{at}.output", str(make.do("Gelu", [wide], FUSED)), hidden)


def _added(make: Graph, at: str, inner: str, hidden: str) -> str:
    """The block's last matrix, the way around it, and the norm.

    In two steps: the fused one (SkipLayerNormalization) took 38 µs where these take 11.
    """
    name = f"{at}.dense"
    turned = make.linear(name, inner, make.state[f"{name}.weight"], make.state[f"{name}.bias"])
    return _norm(make, f"{at}.LayerNorm", str(make.do("Add", [turned, hidden])))


def _norm(make: Graph, name: str, hidden: str) -> str:
    inputs = [hidden, make.given(f"{name}.weight"), make.given(f"{name}.bias")]
    return str(make.do("LayerNormalization", inputs, epsilon=1e-12))


def _pooled(make: Graph, hidden: str) -> None:
    """The mean over the tokens, and the heads."""
    pooled = make.do("ReduceMean", [hidden], axes=[1], keepdims=0)
    heads = [make.given("heads.weight"), make.given("heads.bias")]
    make.nodes.append(helper.make_node("Gemm", [pooled, *heads], ["logits"], transB=1))
    make.nodes.append(helper.make_node("Identity", [pooled], ["pooled"]))


def _inputs() -> list[Any]:
    names = ("input_ids", "token_type_ids")
    return [helper.make_tensor_value_info(name, TensorProto.INT64, ["posts", "tokens"]) for name in names]


def _outputs(state: Mapping[str, npt.NDArray[np.float32]]) -> list[Any]:
    labels, width = state["heads.weight"].shape
    return [
        helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["posts", labels]),
        helper.make_tensor_value_info("pooled", TensorProto.FLOAT, ["posts", width]),
    ]


def _bytes(weight: npt.NDArray[np.float32], top: int) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float32]]:
    """A matrix as signed bytes of at most `top`, and the scale of each row."""
    scale = np.maximum(np.abs(weight).max(axis=1, keepdims=True), 1e-12) / top
    return np.rint(weight / scale).astype(np.int8), scale.astype(np.float32)
