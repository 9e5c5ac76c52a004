using SspNative.Peers.Models;
using static TorchSharp.torch;

namespace SspNative.Peers.Libtorch.Kernels;

/// <summary><see cref="WindowPatterns"/> as tensors.</summary>
internal static class WindowMask
{
    /// <summary>For each pair of a window's tokens the row of the bias table, (window⁴).</summary>
    public static Tensor RelativePositionIndex(int window) => tensor(WindowPatterns.RelativePositionIndex(window));

    /// <summary>−100 between tokens that lie side by side only because of the roll: (windows, window², window²).</summary>
    public static Tensor Shifted(int height, int width, int window, int shift) =>
        tensor(WindowPatterns.Shifted(height, width, window, shift), [height / window * (width / window), window * window, window * window]);
}
