using SspNative.Model.Config;
using SspNative.Model.Media;
using SspNative.Model.Networks;
using SspNative.Model.Preprocessing;

namespace SspNative.Model.Pipeline;

/// <summary>
/// Runs one stage of SSP frame by frame: nothing attends across time, so a clip of any length takes the memory of one frame.
/// </summary>
public sealed class FrameSegmenter(Ssp model, SspConfig config, IDevice device)
{
    /// <summary>The label maps of a frame at several sizes, from one run of the network.</summary>
    /// <param name="frame">The frame, unmasked.</param>
    /// <param name="preMask">What it is multiplied with, (maskHeight, maskWidth) of 0…1.</param>
    /// <param name="maskHeight">Rows of the pre-mask.</param>
    /// <param name="maskWidth">Columns of the pre-mask.</param>
    /// <param name="text">Prompt ids (1,S) and which of them are real.</param>
    /// <param name="audio">VGGish embedding (1,128).</param>
    /// <param name="boost">The binary stage's mask as labels at the model's size, for task <c>avss</c>.</param>
    /// <param name="sizes">Height and width of each wanted label map.</param>
    public IReadOnlyList<(LabelMap Labels, float[] Confidence)> Segment(
        Image frame, float[] preMask, int maskHeight, int maskWidth, (Tensor Ids, Tensor Mask) text, Tensor audio, LabelMap? boost,
        params (int Height, int Width)[] sizes)
    {
        using var scope = new TensorScope();
        int size = config.ImageSize, clipSize = config.Clip.ImageSize;
        float[] pixels = new float[3 * size * size], clipPixels = new float[3 * clipSize * clipSize];
        Mask2FormerImageProcessor.Process(frame, pixels, size, size);
        ClipImageProcessor.Process(frame, clipPixels, clipSize);
        Tensor mask = Ops.InterpolateBilinear(Tensor.FromArray(preMask, [1, maskHeight, maskWidth, 1], device), size, size);
        SspOutput output = model.Forward(new SspInputs(
            Tensor.FromArray(pixels, [1, 3, size, size], device),
            Ops.Reshape(mask, 1, size, size),
            Tensor.FromArray(clipPixels, [1, 3, clipSize, clipSize], device),
            text.Ids, text.Mask, audio,
            boost is null ? null : Tensor.FromArray(Array.ConvertAll(boost.Labels, l => l != 0 ? 1f : 0f), [1, size, size], device)));
        FiniteCheck.Require(output.FinalFeatures, "final features");
        FiniteCheck.Require(output.Result.ClassLogits, "class logits");
        FiniteCheck.Require(output.Result.MaskLogits, "mask logits");
        return [.. sizes.Select(s => MaskPostprocessor.Label(output.Result, size, s.Height, s.Width, config.Task == SegmentationTask.Avs))];
    }
}
