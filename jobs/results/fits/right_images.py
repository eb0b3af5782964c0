"""Which test images a model takes for what they show, if the settings keep that."""

from __future__ import annotations

from jobs.core.context import Context
from jobs.core.stage_specs import evaluation_spec
from jobs.results.fits.fitted import FitInput
from udfs.statuses import OK

READ = ["shard", "sample", "concept", "predicted"]


def right_images(context: Context, item: FitInput) -> dict[tuple[str, str, str], bool]:
    """Whether the model of a fit is right, by set, shard and sample; nothing for scores that are no own accuracies."""
    evaluate = context.settings.evaluate
    found: dict[tuple[str, str, str], bool] = {}
    if evaluate is None or item.metric != "accuracy":
        return found
    models = [model for model in evaluate.models if model.name == item.model]
    for one_set in (one for one in evaluate.sets if one.name in item.sets and one.task == "classification"):
        for model in models:
            spec = evaluation_spec(one_set, model, context.identities).id
            where = {"set": one_set.name, "spec": spec, "model": model.name, "prompt": item.prompt, "status": OK}
            for row in context.lake.rows("predictions", READ, **where):
                found[one_set.name, row["shard"], row["sample"]] = row["predicted"] == row["concept"]
    return found
