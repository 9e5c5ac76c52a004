using SspNative.Model.Alignment;
using SspNative.Model.Config;
using SspNative.Model.Decoder;
using SspNative.Model.Encoders.Clip;
using SspNative.Model.Encoders.Swin;
using SspNative.Model.Encoders.Vggish;
using SspNative.Model.OpticalFlow.Perceiver;
using SspNative.Model.Preprocessing;

namespace SspNative.Lab;

/// <summary>What one part of the model costs.</summary>
/// <param name="Name">The part.</param>
/// <param name="Per">What one run of it processes.</param>
/// <param name="Parameters">Numbers in its state dict.</param>
/// <param name="WeightBytes">What it takes to hold them.</param>
/// <param name="Flops">Floating-point operations of a run.</param>
/// <param name="ActivationBytes">The most memory that its activations take at once, without recording.</param>
public sealed record ModuleCost(string Name, string Per, long Parameters, long WeightBytes, double Flops, long ActivationBytes);

/// <summary>Counts parameters, operations and activation memory by running every part on a <see cref="CountingDevice"/>.</summary>
public static class ModelSummary
{
    // Tokens of a prompt of usual length.
    private const int PromptTokens = 32;

    /// <param name="config">The sizes.</param>
    /// <param name="precision">In which its weights are held.</param>
    /// <exception cref="InvalidDataException">The sizes do not fit each other.</exception>
    public static IReadOnlyList<ModuleCost> Describe(SspConfig config, Precision precision = Precision.Fp32)
    {
        int size = config.ImageSize, patch = config.Swin.PatchSize, tokens = config.Clip.Tokens;
        int words = Math.Min(PromptTokens, config.Text.MaxPositionEmbeddings);
        int c = config.Mask2former.FeatureSize, flowHeight = config.Flow.TrainSize[0], flowWidth = config.Flow.TrainSize[1];
        Shape Map(int stride, int channels) => [1, (size + stride - 1) / stride, (size + stride - 1) / stride, channels];
        return
        [
            Counted("Swin backbone", "frame", device => path =>
            {
                var model = new SwinBackbone(path, config.Swin);
                return () => model.Forward(new(Tensor.Empty([1, size, size, 3], device).HandOver()));
            }),
            Counted("Pixel decoder", "frame", device => path =>
            {
                var model = new PixelDecoder(path, config.Aavs);
                return () => model.Forward(
                    new([.. Enumerable.Range(0, 4).Select(i => Tensor.Empty(Map(patch << i, config.Swin.Channels(i)), device))]));
            }),
            Counted("Query decoder", "frame", device => path =>
            {
                var model = new QueryDecoder(path, config.Aavs);
                return () => model.Forward(new(
                    new([Tensor.Empty(Map(8 * patch, c), device), Tensor.Empty(Map(4 * patch, c), device), Tensor.Empty(Map(2 * patch, c), device)]),
                    Tensor.Empty(Map(patch, config.Mask2former.MaskFeatureSize), device),
                    Tensor.Empty([1, AudioQueries.AudioChannels], device),
                    config.Task == SegmentationTask.Avss ? Tensor.Empty([1, size, size], device) : null));
            }),
            .. OfText(),
            Counted("VGGish", "second of sound", device => path =>
            {
                var model = new Vggish(path, config.Vggish);
                return () => model.Forward(Tensor.Empty([1, 1, LogMel.Frames, LogMel.Bands], device));
            }),
            Counted("Perceiver IO flow", $"pair of {flowWidth}×{flowHeight} tiles", device => path =>
            {
                var model = new PerceiverFlow(path, config.Flow);
                return () => model.Forward(Tensor.Empty([1, 2, FlowPatches.Channels, flowHeight, flowWidth], device));
            }),
        ];

        IEnumerable<ModuleCost> OfText()
        {
            int channels = config.Mask2former.MaskFeatureSize;
            if (config.TextFusion == TextFusion.Attention)
                yield return Counted("Attention to text", $"frame, {words} tokens", device => path =>
                {
                    var model = new TextAttention(path, config.Text, channels, config.Mask2former.NumAttentionHeads);
                    return () => model.Forward(new(
                        Tensor.Empty([1, words], device, DType.I64), Tensor.Empty([1, words], device, DType.I64), Tensor.Empty(Map(patch, channels), device)));
                });
            if (config.TextFusion != TextFusion.Vta)
                yield break;
            yield return Counted("CLIP vision", "frame", device => path =>
            {
                var model = new ClipVision(path, config.Clip);
                return () => model.Forward(Tensor.Empty([1, 3, config.Clip.ImageSize, config.Clip.ImageSize], device));
            });
            yield return Counted("Visual-textual alignment", $"frame, {words} tokens", device => path =>
            {
                var encoder = new VtaEncoder(path, config.Clip, config.Text, channels, config.Vta);
                var model = new Vta(path, channels, config.Vta);
                return () => model.Forward(new(
                    Tensor.Empty(Map(patch, channels), device),
                    encoder.Forward(new(
                        Tensor.Empty([1, tokens, config.Clip.HiddenSize], device), Tensor.Empty([1, words], device, DType.I64),
                        Tensor.Empty([1, words], device, DType.I64))).Terms));
            });
        }

        ModuleCost Counted(string name, string per, Func<IDevice, Func<ParameterPath, Func<object>>> build) => Count(name, per, precision, build);
    }

    private static ModuleCost Count(string name, string per, Precision precision, Func<IDevice, Func<ParameterPath, Func<object>>> build)
    {
        var device = new CountingDevice(precision);
        using var store = new ParameterStore(new ShapesOnlySource(), device);
        Func<object> run = build(device)(store.Root);
        long parameters = store.Names.Sum(n => store[n].Count), weights = store.Names.Sum(n => store[n].Count * store[n].DType.Size());
        long atRest = device.LiveBytes;
        using var scope = new TensorScope();
        device.ResetPeak();
        run();
        return new ModuleCost(name, per, parameters, weights, device.Cost.Flops, device.PeakBytes - atRest);
    }
}
