using SspNative.Lab.Workloads;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SspNative.Peers.Libtorch.Kernels;

/// <summary>Operations on maps (B,C,H,W), in whichever memory layout is quicker.</summary>
internal static class MapKernels
{
    /// <summary>With bias.</summary>
    public static TorchCase Conv2d(BenchCase work)
    {
        int input = work.Sizes["in"], output = work.Sizes["out"], kernel = work.Sizes["kernel"];
        long stride = work.Sizes["stride"], padding = work.Sizes["padding"];
        return TorchCase.Fastest([.. ((bool[])[false, true]).Select(channelsLast =>
        {
            Tensor x = In(channelsLast, work.Sizes["batch"], input, work.Sizes["height"], work.Sizes["width"]);
            Tensor w = In(channelsLast, output, input, kernel, kernel), b = randn(output);
            return new TorchCase(work.Pass, [x, w, b], () => [functional.conv2d(x, w, b, [stride, stride], [padding, padding])]);
        })]);
    }

    /// <summary>lateral + twice the half-size map, bilinear.</summary>
    public static TorchCase UpsampleAdd(BenchCase work)
    {
        int height = work.Sizes["height"], width = work.Sizes["width"], channels = work.Sizes["channels"];
        return TorchCase.Fastest([.. ((bool[])[false, true]).Select(channelsLast =>
        {
            Tensor half = In(channelsLast, 1, channels, height / 2, width / 2), lateral = In(channelsLast, 1, channels, height, width);
            return new TorchCase(work.Pass, [half, lateral], () =>
            [
                functional.interpolate(half, [height, width], mode: InterpolationMode.Bilinear, align_corners: false).add(lateral),
            ]);
        })]);
    }

    private static Tensor In(bool channelsLast, long batch, long channels, long height, long width) =>
        channelsLast ? randn(batch, height, width, channels).permute(0, 3, 1, 2) : randn(batch, channels, height, width);
}
