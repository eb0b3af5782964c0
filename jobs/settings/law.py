"""The sections `evaluate`, `fit` and `tracking`: performance, the law, and MLflow's store."""

from __future__ import annotations

from pydantic import Field, model_validator

from jobs.settings.corpora import EvaluationSet
from jobs.settings.databricks import refuse_relative_experiment
from jobs.settings.image_search import PROMPTS, TOKENIZER, Device, OpenClipImages, Prompt
from jobs.settings.protocols import FitProtocol
from jobs.settings.strict import Strict


class EvaluationModel(OpenClipImages):
    """A model whose zero-shot accuracy is measured; `name` is what tables and figures call it."""

    name: str = Field(description="its name in tables and figures")
    tokenizer: str | None = Field(default=None, description=TOKENIZER)


class Evaluate(Strict):
    """Downstream performance: zero-shot classification of `sets` by `models` with each kind of prompt."""

    sets: list[EvaluationSet] = Field(min_length=1, description="labelled images")
    models: list[EvaluationModel] = Field(min_length=1, description="the models that are evaluated")
    prompts: list[Prompt] = Field(default=["ensemble"], description=PROMPTS)
    predictions: bool = Field(
        default=False, description="keep what each image is taken for ([more](scores.md#classification))"
    )
    similarity: bool = Field(
        default=False,
        description="a run compares the images with all embeddings of the corpora ([more](similarity.md))",
    )
    device: Device = "auto"
    batch_size: int = Field(default=64, ge=1, description="images per forward pass")


class Fit(Strict):
    """The law: how accuracy is fitted against frequency, under one protocol or several side by side."""

    protocols: list[str | FitProtocol] = Field(
        default=["paper", "default"],
        min_length=1,
        description="each is a name (`conf/protocols/NAME.yaml`), a file, or the protocol itself",
    )


class Tracking(Strict):
    """The store of MLflow's runs."""

    uri: str = Field(description="MLflow's tracking URI, as `sqlite:///build/mlflow.db` or `http://HOST:5000`")
    experiment: str = Field(description="the experiment's name; on Databricks an absolute path of the workspace")

    @model_validator(mode="after")
    def _experiment_is_a_path(self) -> Tracking:
        refuse_relative_experiment(self.uri, self.experiment)
        return self
