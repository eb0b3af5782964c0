"""The kinds of suspicions, for the command line too: it imports no rule."""

from __future__ import annotations

# Kind of suspicion -> its heading, before the number of suspicions.
KINDS: dict[str, str] = {
    "zeros": "searches with frequencies of 0",
    "zeros_in_list": "lists with an improbable share of zeros",
    "list_absent": "lists absent from a search",
    "list_incomplete": "lists of which a search has only a part",
    "zero_in_one_search": "concepts with 0 in one search that are large in another",
    "low_in_one_search": "concepts far below what another search suggests",
    "equals_a_term": "concepts as frequent as one of their terms",
    "shared_term": "concepts with the frequency of others that share a term",
    "same_frequency": "concepts with one and the same large frequency",
    "unanswerable": "concepts that the search cannot answer",
    "integrated_above_part": "integrated frequencies above text or image",
    "ambiguous": "names that images show far more rarely than those of their peers",
    "duplicated": "names whose samples are nearly those of another",
    "differs_between_lists": "names with different frequencies in different lists",
    "differs_in_spelling": "names that differ by case or underscore only",
    "unpaired_name": "names that counts and evaluations do not share",
}
