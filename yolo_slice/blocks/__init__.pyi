"""The blocks that `yolo_slice.blocks` discovers; written by `yolo-slice list readme=True`."""

from yolo_slice.blocks.ada_pooling import AdaPool as AdaPool
from yolo_slice.blocks.ada_pooling import AdaPool2d as AdaPool2d
from yolo_slice.blocks.basic_block import BasicBlock as BasicBlock
from yolo_slice.blocks.blur_pool import BlurConv as BlurConv
from yolo_slice.blocks.blur_pool import BlurDown as BlurDown
from yolo_slice.blocks.carafe import CARAFE as CARAFE
from yolo_slice.blocks.dpp import DPP as DPP
from yolo_slice.blocks.drfd import DRFD as DRFD
from yolo_slice.blocks.ds_conv import DSConv as DSConv
from yolo_slice.blocks.dy_sample import DySample as DySample
from yolo_slice.blocks.es_samp import ESSamp as ESSamp
from yolo_slice.blocks.eucb import EUCB as EUCB
from yolo_slice.blocks.hwd import HWD as HWD
from yolo_slice.blocks.lawds import LAWDS as LAWDS
from yolo_slice.blocks.lift_pool import LiftDown as LiftDown
from yolo_slice.blocks.lift_pool import LiftUp as LiftUp
from yolo_slice.blocks.lip import LIP as LIP
from yolo_slice.blocks.max_pool_conv import MaxPoolConv as MaxPoolConv
from yolo_slice.blocks.mixed_pool import MixedPool as MixedPool
from yolo_slice.blocks.patch_merging import PatchMerging as PatchMerging
from yolo_slice.blocks.pixel_shuffle_up import PixelShuffleUp as PixelShuffleUp
from yolo_slice.blocks.slice_samp import SliceSamp as SliceSamp
from yolo_slice.blocks.slice_upsamp import SliceUpsamp as SliceUpsamp
from yolo_slice.blocks.slicing import Slicing as Slicing
from yolo_slice.blocks.slicing_conv3x3 import SlicingConv3x3 as SlicingConv3x3
from yolo_slice.blocks.soft_pooling import SoftPool as SoftPool
from yolo_slice.blocks.soft_pooling import SoftPool2d as SoftPool2d
from yolo_slice.blocks.soft_pooling import soft_pool as soft_pool
from yolo_slice.blocks.space_to_depth import SpaceToDepth as SpaceToDepth
from yolo_slice.blocks.spd_conv import SPDConv as SPDConv
from yolo_slice.blocks.spd_residual import SPDBasicBlock as SPDBasicBlock
from yolo_slice.blocks.spd_residual import SPDBottleneck as SPDBottleneck
from yolo_slice.blocks.ss_bottleneck import C3SSB as C3SSB
from yolo_slice.blocks.ss_bottleneck import C2fSSB as C2fSSB
from yolo_slice.blocks.ss_bottleneck import C3k2SSB as C3k2SSB
from yolo_slice.blocks.ss_bottleneck import SSBottleneck as SSBottleneck
from yolo_slice.blocks.ssb import SSB as SSB
from yolo_slice.blocks.v7_down import V7Down as V7Down
from yolo_slice.registry import BLOCKS as BLOCKS

__all__ = [
    "BLOCKS",
    "C3SSB",
    "CARAFE",
    "DPP",
    "DRFD",
    "EUCB",
    "HWD",
    "LAWDS",
    "LIP",
    "SSB",
    "AdaPool",
    "AdaPool2d",
    "BasicBlock",
    "BlurConv",
    "BlurDown",
    "C2fSSB",
    "C3k2SSB",
    "DSConv",
    "DySample",
    "ESSamp",
    "LiftDown",
    "LiftUp",
    "MaxPoolConv",
    "MixedPool",
    "PatchMerging",
    "PixelShuffleUp",
    "SPDBasicBlock",
    "SPDBottleneck",
    "SPDConv",
    "SSBottleneck",
    "SliceSamp",
    "SliceUpsamp",
    "Slicing",
    "SlicingConv3x3",
    "SoftPool",
    "SoftPool2d",
    "SpaceToDepth",
    "V7Down",
    "soft_pool",
]
