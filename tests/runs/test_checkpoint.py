import multiprocessing
import signal
import time
import warnings
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from saccade.runs import Checkpoint, CheckpointError, RunError, checkpoint, load_checkpoint, save_checkpoint
from saccade.runs.checkpoint import _digest, previous


def numbered(n: int) -> Checkpoint:
    return Checkpoint({"weights": torch.full((50, 3), float(n)), "drawn": torch.tensor(n)}, {"seen": n, "share": 0.1})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "checkpoint.safetensors"


@pytest.fixture
def two(path: Path) -> Path:
    """The second checkpoint, and the first before it."""
    save_checkpoint(path, numbered(1))
    save_checkpoint(path, numbered(2))
    return path


def found(path: Path) -> tuple[int, str | None]:
    checkpoint, notice = load_checkpoint(path)
    number = int(checkpoint.numbers["seen"])
    assert torch.equal(checkpoint.tensors["weights"], numbered(number).tensors["weights"])
    return number, notice


def test_what_is_saved_is_loaded(path: Path) -> None:
    base = torch.arange(12.0).view(3, 4)
    tensors = {
        "view": base.T, "shared": base[0], "bytes": torch.tensor([0, 255], dtype=torch.uint8),
        "long": torch.tensor(2**40), "parameter": torch.nn.Parameter(torch.ones(2)), "empty": torch.zeros(0, 3),
        "bool": torch.tensor([True, False]), "double": torch.tensor([0.1], dtype=torch.float64),
    }  # fmt: skip
    numbers = {"seen": 7, "seconds": 0.1 + 0.2, "words": ["ü", None, True]}
    save_checkpoint(path, Checkpoint(tensors, numbers))
    loaded, notice = load_checkpoint(path)
    assert notice is None and loaded.numbers == numbers and loaded.tensors.keys() == tensors.keys()
    for name, tensor in tensors.items():
        assert torch.equal(loaded.tensors[name], tensor) and loaded.tensors[name].dtype == tensor.dtype, name


def test_the_one_before_is_kept(two: Path) -> None:
    assert found(two) == (2, None)
    assert found(previous(two))[0] == 1
    assert {each.name for each in two.parent.iterdir()} == {two.name, previous(two).name}


@pytest.mark.parametrize("share", [0, 0.001, 0.05, 0.3, 0.5, 0.9, 0.999])
def test_one_cut_short_gives_way_to_the_one_before(two: Path, share: float) -> None:
    whole = two.read_bytes()
    two.write_bytes(whole[: int(len(whole) * share)])
    number, notice = found(two)
    assert number == 1
    assert notice is not None and notice.endswith("; going on from the one before, checkpoint.previous.safetensors")
    assert str(two) in notice and "is damaged" in notice


@pytest.mark.parametrize("start", [0, 4, 8, 20, 60])
def test_a_damaged_header_gives_way_to_the_one_before(two: Path, start: int) -> None:
    content = bytearray(two.read_bytes())
    content[start : start + 6] = b'\xff\0{]"\x80'
    two.write_bytes(content)
    assert found(two)[0] == 1


@pytest.mark.parametrize("where", [b'"numbers":"{\\"seen\\": ', None])
def test_changed_contents_give_way_to_the_one_before(two: Path, where: bytes | None) -> None:
    content = bytearray(two.read_bytes())
    place = len(content) - 3 if where is None else content.index(where) + len(where)
    content[place] ^= 1  # still as long, and still readable
    two.write_bytes(content)
    number, notice = found(two)
    assert number == 1 and notice is not None and "is damaged (its contents are not what was written)" in notice


def test_every_kind_of_tensor_is_kept(path: Path) -> None:
    kinds = {
        "bool": torch.tensor(True), "half": torch.ones(3, dtype=torch.bfloat16), "none": torch.zeros(0, 4),
        "long": torch.arange(6).view(2, 3).T, "double": torch.ones(1, dtype=torch.float64),
    }  # fmt: skip
    save_checkpoint(path, Checkpoint(kinds, {}))
    loaded, notice = load_checkpoint(path)
    assert notice is None and all(torch.equal(kinds[name], loaded.tensors[name]) for name in kinds)


def test_both_damaged(two: Path) -> None:
    for each in (two, previous(two)):
        each.write_bytes(b"nothing of the kind")
    with pytest.raises(CheckpointError, match=r"checkpoint\.safetensors is damaged .* delete it .* to train it anew"):
        load_checkpoint(two)


def test_one_that_this_user_may_not_read_is_no_damaged_one(two: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(self: Path, *_: object) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "open", refused)
    with pytest.raises(
        CheckpointError, match=r"checkpoint\.safetensors cannot be read \(Permission denied\): make it"
    ) as caught:
        load_checkpoint(two)
    assert "delete" not in str(caught.value)


def test_none(path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"there is no checkpoint .*checkpoint\.safetensors$"):
        load_checkpoint(path)


def test_numbers_that_are_no_table(path: Path) -> None:
    save_checkpoint(path, Checkpoint({}, [1]))  # type: ignore[arg-type]
    with pytest.raises(CheckpointError, match=r"damaged \(its numbers are \[1\], they must be a JSON object\)"):
        load_checkpoint(path)


def test_another_format(path: Path) -> None:
    save_file({"weights": torch.ones(2)}, path, metadata={"format": "1", "numbers": "{}"})
    with pytest.raises(CheckpointError, match="has format 1, this version of saccade reads format 3"):
        load_checkpoint(path)
    save_file({"weights": torch.ones(2)}, path)
    with pytest.raises(CheckpointError, match="has format None"):
        load_checkpoint(path)


def test_a_checkpoint_of_format_2_is_read_under_the_new_names(path: Path) -> None:
    renamed = {
        "graph/nodes.grade.weight": "graph/nodes.reward.weight", "random/verdict": "random/prediction",
        "graph/nodes.player.q": "graph/nodes.policy.q", "random/player": "random/policy", "random/guide": "random/expert",
        "learning/memory/dice": "learning/replay/stream", "learning/memory/written": "learning/replay/written",
        "learning/learner/moments/0/step": "learning/learner/optimizer/0/step",
        "best iou/": "best value/", "graph/nodes.reader.head": "graph/nodes.reader.head",
    }  # fmt: skip
    tensors = {name: torch.tensor(float(place)) for place, name in enumerate(renamed)}
    header = {"format": "2", "numbers": '{"seen": 7}', "digest": _digest(tensors, '{"seen": 7}')}
    save_file(tensors, path, metadata=header)
    loaded, notice = load_checkpoint(path)
    assert notice is None and loaded.numbers == {"seen": 7}
    assert loaded.tensors == {renamed[name]: value for name, value in tensors.items()}
    save_file(tensors, path, metadata={**header, "digest": "0"})
    with pytest.raises(CheckpointError, match="its contents are not what was written"):
        load_checkpoint(path)


def test_cut_off_between_the_two_renames(two: Path) -> None:
    two.replace(previous(two))
    number, notice = found(two)
    assert number == 2 and notice is not None and notice.startswith(f"there is no checkpoint {two}; going on")


def save_half(path: Path, done: Connection) -> None:
    """Stand still in the middle of a save."""

    def stuck(tensors: dict[str, Tensor], target: Path, metadata: dict[str, str]) -> None:
        save_file(tensors, target, metadata)
        content = Path(target).read_bytes()
        Path(target).write_bytes(content[: len(content) // 2])
        done.send("half")
        time.sleep(600)

    checkpoint.save_file = stuck  # type: ignore[assignment]
    save_checkpoint(path, Checkpoint({"weights": torch.ones(9)}, {"seen": 3}))


def test_killed_in_the_middle_of_a_save(two: Path) -> None:
    forking = multiprocessing.get_context("fork")  # a new interpreter would load torch anew
    receiver, sender = forking.Pipe(duplex=False)
    process = forking.Process(target=save_half, args=(two, sender), daemon=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of Python 3.12: there may be threads; none is needed
        process.start()
    sender.close()
    assert receiver.recv() == "half"
    process.kill()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert found(two) == (2, None)
    save_checkpoint(two, numbered(4))
    assert found(two) == (4, None) and found(previous(two))[0] == 2


def test_a_full_disk_leaves_the_old_ones(two: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise SafetensorError("I/O error: No space left on device (os error 28)")

    from safetensors import SafetensorError

    monkeypatch.setattr("saccade.runs.checkpoint.save_file", full)
    with pytest.raises(RunError, match=r"no space left to write .*checkpoint\.safetensors"):
        save_checkpoint(two, numbered(3))
    assert found(two) == (2, None) and found(previous(two))[0] == 1


def test_a_disk_that_is_full_in_fact(small_disk: Path) -> None:
    path = small_disk / "checkpoint.safetensors"
    save_checkpoint(path, numbered(1))
    with pytest.raises(RunError, match="no space left to write"):
        save_checkpoint(path, Checkpoint({"large": torch.zeros(200_000)}, {"seen": 2}))
    assert found(path) == (1, None) and list(small_disk.iterdir()) == [path]
