using SspNative.Lab.Workloads;
using SspNative.Peers.Models;
using SspNative.Peers.OnnxRuntime.Graphs;

namespace SspNative.Peers.OnnxRuntime.Models;

/// <summary>AAVS, task <c>avs</c>: Swin with adapters, Mask2Former's decoders, audio queries.</summary>
internal static class Aavs
{
    private const string PixelLevel = "model.model.pixel_level_module";
    private const int AudioChannels = 128;

    public static OnnxGraph Graph(BenchCase work, AttentionForm form)
    {
        var sizes = new AavsSizes();
        int size = work.Sizes["size"];
        var g = new GraphBuilder(form);
        GraphValue[] maps = new SwinBackbone(g, $"{PixelLevel}.encoder", sizes.Swin).Forward(g.NamedInput("frame", 1, 3, size, size));
        (GraphValue[] levels, GraphValue maskFeatures) = new PixelDecoder(g, $"{PixelLevel}.decoder", sizes.Mask2former).Forward(maps);
        (GraphValue classes, GraphValue masks) = new QueryDecoder(g, sizes).Forward(levels, maskFeatures, g.NamedInput("audio", 1, AudioChannels));
        g.Output("class_queries_logits", classes);
        g.Output("masks_queries_logits", masks);
        return g.Graph;
    }
}
