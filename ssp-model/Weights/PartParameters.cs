using SspNative.Model.Config;
using SspNative.Model.Encoders.Bert;
using SspNative.Model.Encoders.Clip;
using SspNative.Model.Encoders.Vggish;
using SspNative.Model.Networks;
using SspNative.Model.OpticalFlow.Perceiver;

namespace SspNative.Model.Weights;

/// <summary>The parameters that the model asks of a part, by their published names.</summary>
internal static class PartParameters
{
    private static readonly string[] _alignment = ["visual_proj", "align_1", "align_2", "norm"];
    private static readonly string[] _attention = ["att.q_proj", "att.k_proj", "att.v_proj", "att.out_proj", "norm"];

    /// <summary>The names, in the order in which the model asks for them.</summary>
    /// <param name="part">The part.</param>
    /// <param name="config">Its sizes.</param>
    public static IReadOnlyList<string> Of(ModelPart part, SspConfig config)
    {
        if (part == ModelPart.Alignment || part == ModelPart.TextAttention)
            return [.. (part == ModelPart.Alignment ? _alignment : _attention).SelectMany(n => (string[])[$"vta.{n}.weight", $"vta.{n}.bias"])];
        using var store = new ParameterStore(new ShapesOnlySource(), new CountingDevice());
        ParameterPath root = store.Root;
        if (part == ModelPart.Segmenter || part == ModelPart.Mask2Former)
            _ = new Aavs(root, config.Aavs);
        else if (part == ModelPart.Clip)
            _ = new ClipVision(root / "clip", config.Clip);
        else if (part == ModelPart.Text)
            _ = new BlipText(root / "vta" / "bert", config.Text);
        else if (part == ModelPart.Vggish)
            _ = new Vggish(root / "vggish", finalRelu: false, config.Vggish);
        else
            _ = new PerceiverFlow(root, config.Flow);
        return [.. store.Names.Where(part.Has)];
    }
}
