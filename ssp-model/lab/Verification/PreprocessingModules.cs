using SspNative.Lab.References;
using SspNative.Model.Encoders.Vggish;
using SspNative.Model.MaskFusion;
using SspNative.Model.Media;
using SspNative.Model.Preprocessing;

namespace SspNative.Lab.Verification;

/// <summary>Reference modules of what happens before the networks: pictures, sound, mask fusion.</summary>
internal static class PreprocessingModules
{
    public static IReadOnlyDictionary<string, ReferenceModule> Table { get; } = new Dictionary<string, ReferenceModule>
    {
        ["image.mask2former-preprocess"] = Mask2Former,
        ["image.clip-preprocess"] = Clip,
        ["vggish.log-mel"] = LogMelExamples,
        ["vggish.postprocess"] = Postprocess,
        ["ssp.mask-fusion"] = MaskFusionMaps,
    };

    /// <summary>The optical masks (T,H,W) of a case's flow (T−1,2,H,W), or all ones (1,H,W) of an empty one.</summary>
    internal static float[] OpticalMasks(ReferenceContext context, out Shape shape)
    {
        Tensor flow = context.Input("flow");
        shape = [flow.Shape[0] + 1, flow.Shape[2], flow.Shape[3]];
        var optical = new float[shape.Count];
        OpticalMask.FromFlow(flow.ToArray(), shape[1] * shape[2], TauOf(context), optical);
        return optical;
    }

    private static Dictionary<string, Tensor> Mask2Former(ReferenceContext context)
    {
        int height = context.Config.GetProperty("size")[0].GetInt32(), width = context.Config.GetProperty("size")[1].GetInt32();
        var pixels = new float[3 * height * width];
        Mask2FormerImageProcessor.Process(ImageInput(context), pixels, height, width);
        return new() { ["pixel_values"] = Tensor.FromArray(pixels, [3, height, width], context.Device) };
    }

    private static Dictionary<string, Tensor> Clip(ReferenceContext context)
    {
        int size = context.Config.GetProperty("crop").GetInt32();
        var pixels = new float[3 * size * size];
        ClipImageProcessor.Process(ImageInput(context), pixels, size);
        return new() { ["pixel_values"] = Tensor.FromArray(pixels, [3, size, size], context.Device) };
    }

    private static Dictionary<string, Tensor> LogMelExamples(ReferenceContext context)
    {
        float[] examples = LogMel.Compute(context.Input("waveform").ToArray());
        Shape shape = [examples.Length / LogMel.ExampleLength, 1, LogMel.Frames, LogMel.Bands];
        return new() { ["examples"] = Tensor.FromArray(examples, shape, context.Device) };
    }

    private static Dictionary<string, Tensor> Postprocess(ReferenceContext context)
    {
        const int channels = VggishPostprocessor.Channels;
        Tensor vectors = context.Parameters.Root.Get("pca_eigen_vectors", [channels, channels], Init.Zeros);
        Tensor means = context.Parameters.Root.Get("pca_means", [channels, 1], Init.Zeros);
        context.Parameters.ThrowIfIncomplete();
        Tensor embeddings = context.Input("embeddings");
        float[] quantised = new VggishPostprocessor(vectors.ToArray(), means.ToArray()).Apply(embeddings.ToArray());
        return new() { ["quantized"] = Tensor.FromArray(quantised, embeddings.Shape, context.Device) };
    }

    private static Dictionary<string, Tensor> MaskFusionMaps(ReferenceContext context)
    {
        Tensor flow = context.Input("flow");
        float[] groundTruth = context.Input("ground_truth").ToArray();
        float[] optical = OpticalMasks(context, out Shape shape);
        int pixels = shape[1] * shape[2];
        var gray = new float[(shape[0] - 1) * pixels];
        float[] temporal = new float[shape.Count], pre = new float[shape.Count], post = new float[shape.Count], inference = new float[shape.Count];
        OpticalMask.Grayscale(flow.ToArray(), pixels, gray);
        OpticalMask.TemporalMean(gray, pixels, temporal);
        FusedMasks.PreMask(optical, groundTruth, pre);
        FusedMasks.PostMask(optical, groundTruth, post);
        FusedMasks.InferenceMask(InferenceMaskMode.Soft, optical, default, inference);
        return new()
        {
            ["grayscale"] = Tensor.FromArray(gray, shape.With(0, shape[0] - 1), context.Device),
            ["temporal"] = Tensor.FromArray(temporal, shape, context.Device),
            ["optical_mask"] = Tensor.FromArray(optical, shape, context.Device),
            ["pre_mask"] = Tensor.FromArray(pre, shape, context.Device),
            ["post_mask"] = Tensor.FromArray(post, shape, context.Device),
            ["inference_mask"] = Tensor.FromArray(inference, shape, context.Device),
        };
    }

    private static Tau TauOf(ReferenceContext context) =>
        context.Config.TryGetProperty("tau", out System.Text.Json.JsonElement tau) ? Tau.Parse(tau.ToString()) : Tau.Default;

    private static Image ImageInput(ReferenceContext context)
    {
        Tensor image = context.Input("image");
        return new Image(image.Shape[1], image.Shape[0], image.ToByteArray());
    }
}
