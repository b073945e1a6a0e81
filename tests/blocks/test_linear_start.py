"""The linear start: a strided convolution, as nearly as the operator can be one, and the paper's start untouched."""

import copy
import pickle
from collections.abc import Iterator

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from ultralytics.nn.modules import Conv

from yolo_slice.blocks import SliceSamp, SliceUpsamp, linear_start
from yolo_slice.blocks.linear_start import rank_one, start_as_strided
from yolo_slice.blocks.space_to_depth import space_to_depth

STARTS = ("linear", "paper")
PARITIES = ((0, 0), (1, 0), (0, 1), (1, 1))  # (py, px) of slice g
CELLS = {0: [(1, 0)], 1: [(0, -1), (2, 0)]}  # parity -> (tap of the 3x3 kernel, cell relative to the output pixel's)


def block(c1: int, c2: int, k: int = 3, init: str = "linear", seed: int = 0) -> SliceSamp:
    torch.manual_seed(seed)
    return SliceSamp(c1, c2, k, init=init)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Tensor]:
    """The strided kernels that starts draw; the noise on the taps is left out."""
    kernels: list[Tensor] = []
    embed = linear_start.embed_strided_kernel

    def watched(weight: Tensor, *args: int) -> object:
        kernels.append(weight.clone())
        return embed(weight, *args)

    monkeypatch.setattr(linear_start, "embed_strided_kernel", watched)
    monkeypatch.setattr(linear_start, "NOISE", 0.0)
    return kernels


def product(module: SliceSamp) -> Tensor:
    """(c2, 4*c1, k*k): the kernel that the pair is, without BatchNorms and GELU, at the depthwise kernels' norm 1."""
    pointwise, depthwise = (conv.conv.weight.float().flatten(1) for conv in (module.pointwise, module.depthwise))
    return torch.einsum("ok,kt->okt", pointwise, depthwise) / 0.5


def sliced(strided: Tensor, k: int) -> Tensor:
    """(c2, 4*c1, k*k): a 3x3 kernel of stride 2 after the slicing, tap by tap."""
    c2, c1, centre = *strided.shape[:2], k // 2
    kernel = strided.new_zeros(c2, 4 * c1, k, k)
    for g, (py, px) in enumerate(PARITIES):
        for i, u in CELLS[py]:
            for j, v in CELLS[px]:
                kernel[:, g * c1 : (g + 1) * c1, centre + u, centre + v] = strided[:, :, i, j]
    return kernel.flatten(2)


@pytest.mark.parametrize(("c2", "channels", "taps"), [(1, 3, 9), (5, 4, 9), (40, 8, 9), (7, 2, 25), (6, 2, 1)])
def test_rank_one_is_the_first_term_of_the_singular_value_decomposition(c2: int, channels: int, taps: int) -> None:
    kernel = torch.randn(c2, channels, taps, generator=torch.Generator().manual_seed(c2))
    rows, columns = rank_one(kernel)
    u, s, vh = torch.linalg.svd(kernel.permute(1, 0, 2), full_matrices=False)
    wanted = u[:, :, :1] * s[:, None, :1] @ vh[:, :1]
    torch.testing.assert_close(torch.einsum("ok,kt->kot", columns, rows), wanted, atol=1e-5, rtol=0)
    torch.testing.assert_close(rows.norm(dim=1), torch.ones(channels))
    assert (rows.sum(1) >= 0).all()


@pytest.mark.parametrize("k", [3, 5, 7])
def test_each_slice_channel_starts_as_the_best_rank_one_of_a_strided_convolution(k: int, drawn: list[Tensor]) -> None:
    found = product(block(4, 10, k))
    (strided,) = drawn
    assert strided.shape == (10, 4, 3, 3)
    u, s, vh = torch.linalg.svd(sliced(strided, k).permute(1, 0, 2), full_matrices=False)
    wanted = (u[:, :, :1] * s[:, None, :1] @ vh[:, :1]).permute(1, 0, 2)
    torch.testing.assert_close(found, wanted, atol=1e-5, rtol=0)


def test_with_one_output_channel_it_starts_as_a_strided_convolution(drawn: list[Tensor]) -> None:
    """Every matrix has one row then, so that its best approximation of rank 1 is itself."""
    module = block(3, 1)
    x = torch.randn(2, 3, 12, 16)
    found = module.pointwise.conv(module.depthwise.conv(space_to_depth(x)))
    torch.testing.assert_close(found, 0.5 * F.conv2d(x, drawn[0], stride=2, padding=1), atol=1e-5, rtol=0)


def test_a_depthwise_kernel_of_size_one_starts_as_a_2x2_convolution_exactly(drawn: list[Tensor]) -> None:
    module = block(3, 6, k=1)
    x = torch.randn(2, 3, 12, 16)
    found = module.pointwise.conv(module.depthwise.conv(space_to_depth(x)))
    torch.testing.assert_close(found, 0.5 * F.conv2d(x, drawn[0], stride=2), atol=1e-5, rtol=0)


def test_noise_lets_no_tap_start_at_zero_and_changes_little() -> None:
    taps = block(16, 32).depthwise.conv.weight.flatten(1)
    assert (taps != 0).all()
    unused = taps.view(4, 16, 3, 3)[0, :, 0]  # slice 0 meets the centre tap alone
    assert unused.std().item() == pytest.approx(0.5 * 0.05, rel=0.3)
    assert taps.norm(dim=1).mean().item() == pytest.approx(0.5, rel=0.05)


def linear_share(module: SliceSamp | SliceUpsamp) -> float:
    """The share of the first GELU's output that a straight line through its input explains, under its BatchNorm."""
    x = torch.randn(8, module.depthwise.conv.in_channels, 24, 24, generator=torch.Generator().manual_seed(1))
    given = module.depthwise.bn(module.depthwise.conv(x)).flatten()
    made = module.depthwise.act(given)
    return torch.corrcoef(torch.stack([given, made]))[0, 1].item() ** 2


@pytest.mark.parametrize("cls", [SliceSamp, SliceUpsamp])
def test_the_first_gelu_starts_nearly_linear(cls: type) -> None:
    """0.993 and 0.723 are GELU's, on a normal distribution around 2 and around 0, by numerical integration."""
    for init, share in zip(STARTS, (0.993, 0.723), strict=True):
        torch.manual_seed(0)
        module = cls(16, 16, init=init).train()
        assert linear_share(module) == pytest.approx(share, abs=0.01)


def test_shares_of_gelu_by_numerical_integration() -> None:
    z = torch.linspace(-8, 8, 16001, dtype=torch.float64)
    density = (-z.square() / 2).exp()
    density /= density.sum()
    for shift, share in ((2, 0.993), (0, 0.723)):
        y = (shift + z) * 0.5 * (1 + torch.erf((shift + z) / 2**0.5))
        y = y - (density * y).sum()
        assert ((density * y * z).sum() ** 2 / (density * y.square()).sum()).item() == pytest.approx(share, abs=5e-4)


def test_outputs_vary_as_a_convolutions() -> None:
    """In front of the last BatchNorm less than a convolution's, as rank 1 is less than all; after it as much."""
    x = torch.randn(4, 32, 32, 32, generator=torch.Generator().manual_seed(1))
    module, conv = block(32, 64).train(), Conv(32, 64, 3, 2).train()
    before = module.pointwise.conv(module.depthwise(space_to_depth(x))).std((0, 2, 3)).mean()
    assert 0.6 < before / conv.conv(x).std((0, 2, 3)).mean() < 1
    assert 0.8 < module(x).std() / conv(x).std() < 1.25


@pytest.mark.parametrize("init", STARTS)
@pytest.mark.parametrize("cls", [SliceSamp, SliceUpsamp])
def test_gradients_reach_every_weight_and_every_pixel(cls: type, init: str) -> None:
    torch.manual_seed(0)
    module = cls(8, 12, init=init).train()
    x = torch.randn(4, 8, 6, 10, requires_grad=True)
    module(x).square().sum().backward()
    gradients = [x.grad, *(p.grad for p in module.parameters())]
    assert all((gradient != 0).all() for gradient in gradients)


def equal(a: nn.Module, b: nn.Module) -> bool:
    ours, theirs = a.state_dict(), b.state_dict()
    return ours.keys() == theirs.keys() and all(torch.equal(ours[key], theirs[key]) for key in ours)


@pytest.mark.parametrize("init", STARTS)
def test_a_seed_names_one_start(init: str) -> None:
    first, again, other = (block(8, 12, init=init, seed=seed) for seed in (3, 3, 4))
    assert equal(first, again)
    assert not equal(first, other)
    second = SliceSamp(8, 12, init=init)
    assert not torch.equal(second.pointwise.conv.weight, other.pointwise.conv.weight)


@pytest.mark.parametrize("cls", [SliceSamp, SliceUpsamp])
def test_torchs_generator_goes_on_alike_with_either_start(cls: type) -> None:
    """So two models that differ in their blocks' start are alike in all other layers."""
    after = []
    for init in STARTS:
        torch.manual_seed(5)
        cls(8, 12, init=init)
        after.append(torch.get_rng_state())
    assert torch.equal(*after)


@pytest.mark.parametrize("cls", [SliceSamp, SliceUpsamp])
def test_the_papers_start_is_torchs(cls: type) -> None:
    torch.manual_seed(7)
    module = cls(8, 12, init="paper")
    torch.manual_seed(7)
    c = module.depthwise.conv.in_channels
    wanted = nn.ModuleDict({"depthwise": Conv(c, c, 3, g=c), "pointwise": Conv(c, 12)})
    assert equal(module, wanted)


def test_up_sampling_differs_from_the_papers_start_in_one_bias() -> None:
    modules = []
    for init in STARTS:
        torch.manual_seed(7)
        modules.append(SliceUpsamp(8, 12, init=init))
    linear, paper = modules
    assert torch.equal(linear.depthwise.bn.bias, torch.full((2,), 2.0))
    nn.init.zeros_(linear.depthwise.bn.bias)
    assert equal(linear, paper)


def test_the_start_leaves_no_trace_on_the_block() -> None:
    """A checkpoint from before there were two starts is what one from after is."""
    linear, paper = block(8, 12), block(8, 12, init="paper")
    assert vars(linear).keys() == vars(paper).keys()
    assert [(n, p.shape) for n, p in linear.named_parameters()] == [(n, p.shape) for n, p in paper.named_parameters()]
    assert equal(pickle.loads(pickle.dumps(linear)), linear)


@pytest.fixture(params=[torch.float16, torch.bfloat16, torch.float64], ids=str)
def default_dtype(request: pytest.FixtureRequest) -> Iterator[torch.dtype]:
    before = torch.get_default_dtype()
    torch.set_default_dtype(request.param)
    yield request.param
    torch.set_default_dtype(before)


def test_every_default_dtype_can_be_started_in(default_dtype: torch.dtype, drawn: list[Tensor]) -> None:
    module = block(8, 12)
    assert {p.dtype for p in (*module.parameters(), *SliceUpsamp(8, 12).parameters())} == {default_dtype}
    u, s, vh = torch.linalg.svd(sliced(drawn[0], 3).permute(1, 0, 2), full_matrices=False)
    wanted = (u[:, :, :1] * s[:, None, :1] @ vh[:, :1]).permute(1, 0, 2)
    torch.testing.assert_close(product(module), wanted, atol=3e-3, rtol=0)


def test_nothing_is_computed_on_the_meta_device() -> None:
    before = torch.get_rng_state()
    with torch.device("meta"):
        modules = [SliceSamp(8, 12), SliceUpsamp(8, 12)]
    assert all(p.is_meta for module in modules for p in module.parameters())
    assert torch.equal(torch.get_rng_state(), before)


def test_a_start_can_be_given_later_and_is_the_same() -> None:
    built, later = block(8, 12), copy.deepcopy(block(8, 12, init="paper"))
    start_as_strided(later.depthwise, later.pointwise)
    assert equal(built, later)
    assert all(p.requires_grad for p in later.parameters())


@pytest.mark.parametrize("cls", [SliceSamp, SliceUpsamp])
@pytest.mark.parametrize(
    ("init", "said"),
    [
        ("papr", "init must be one of linear, paper, not 'papr'; did you mean paper?"),
        ("Linear", "init must be one of linear, paper, not 'Linear'; did you mean linear?"),
        ("xavier", "init must be one of linear, paper, not 'xavier'"),
        (None, "init must be one of linear, paper, not None"),
        ([2], "init must be one of linear, paper, not [2]"),
    ],
)
def test_other_starts_are_refused(cls: type, init: object, said: str) -> None:
    with pytest.raises(ValueError, match="must be one of") as caught:
        cls(8, 12, init=init)
    assert str(caught.value) == f"{cls.__name__}: {said}"
