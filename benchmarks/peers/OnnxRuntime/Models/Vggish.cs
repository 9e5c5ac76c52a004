using SspNative.Lab.Workloads;
using SspNative.Peers.OnnxRuntime.Graphs;

namespace SspNative.Peers.OnnxRuntime.Models;

/// <summary>VGGish: log-mel examples (N,1,96,64) → (N,128), the last layer not rectified.</summary>
internal static class Vggish
{
    private const int Height = 96, Width = 64, Hidden = 4096, Channels = 128;

    // The layer's number in the state dict, its channels, whether pooling follows.
    private static readonly (int Layer, int Channels, bool Pool)[] _convolutions =
    [
        (0, 64, true), (3, 128, true), (6, 256, false), (8, 256, true), (11, 512, false), (13, 512, true),
    ];

    public static OnnxGraph Graph(BenchCase work)
    {
        int n = work.Sizes["examples"];
        var g = new GraphBuilder(AttentionForm.Exported);
        GraphValue x = g.NamedInput("examples", n, 1, Height, Width);
        foreach ((int layer, int channels, bool pool) in _convolutions)
        {
            x = g.Map("Relu", g.Conv2d(x, $"features.{layer}", channels, 3, padding: 1));
            if (pool)
                x = g.Node(
                    "MaxPool", [n, channels, x.Shape[2] / 2, x.Shape[3] / 2], [x], ("kernel_shape", (int[])[2, 2]), ("strides", (int[])[2, 2]));
        }
        // The published network flattens its map channels last.
        x = g.Reshape(g.Transpose(x, 0, 2, 3, 1), n, x.Shape[1] * x.Shape[2] * x.Shape[3]);
        x = g.Map("Relu", g.Linear(x, "embeddings.0", Hidden));
        x = g.Map("Relu", g.Linear(x, "embeddings.2", Hidden));
        g.Output("embeddings", g.Linear(x, "embeddings.4", Channels));
        return g.Graph;
    }
}
