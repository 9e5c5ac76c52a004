using SspNative.Model.Config;
using SspNative.Model.Data;
using SspNative.Model.Encoders.Vggish;
using SspNative.Model.MaskFusion;
using SspNative.Model.Media;
using SspNative.Model.Networks;
using SspNative.Model.Preprocessing;
using SspNative.Model.Weights;

namespace SspNative.Model.Pipeline;

/// <summary>
/// One stage of SSP with its weights: VGGish, which runs over a clip's sound, and the network that segments frame by frame. Nothing attends
/// across time, so a clip of any length takes the memory of one frame.
/// </summary>
/// <param name="config">Sizes.</param>
/// <param name="weights">Where the weights come from; stays the caller's.</param>
/// <param name="inference">What its frames are multiplied with unless a caller says otherwise.</param>
/// <param name="tokenizer">The tokenizer that it was trained with.</param>
/// <param name="device">Where it runs.</param>
/// <param name="keeps">Whether networks stay loaded when their turn is over.</param>
internal sealed class SspStage(
    SspConfig config, WeightFiles weights, InferenceSettings inference, PromptTokenizer tokenizer, IDevice device, bool keeps) : IDisposable
{
    // VGGish examples run at a time.
    private const int ExamplesAtOnce = 8;

    private readonly ClipPreparer _preparer = new(config, tokenizer);
    private readonly LoadedNetwork<Vggish> _vggish = new(weights, device, root => new Vggish(root / "vggish", finalRelu: false, config.Vggish));
    private readonly LoadedNetwork<Ssp> _ssp = new(weights, device, root => new Ssp(root, config));

    public SspConfig Config => config;

    public WeightFiles Weights => weights;

    public IDevice Device => device;

    public InferenceSettings Inference => inference;

    /// <summary>Asks for every parameter without loading any, so that one error lists all that is missing.</summary>
    /// <param name="sound">Whether VGGish is this stage's own.</param>
    /// <exception cref="InvalidDataException">Weights are missing or have other shapes.</exception>
    public void RequireComplete(bool sound)
    {
        using ProfilerSpan span = Profiler.Stage("check weights");
        using var store = new ParameterStore(new ShapesOnlySource(weights), new CountingDevice());
        _ = new Ssp(store.Root, config);
        if (sound)
            _ = new Vggish(store.Root / "vggish", finalRelu: false, config.Vggish);
        store.ThrowIfIncomplete();
    }

    /// <summary>VGGish's embedding (128) of the sound of each frame, in order.</summary>
    /// <param name="examples">Log-mel examples (96,64), one a frame.</param>
    /// <exception cref="InvalidDataException">The numbers are not finite.</exception>
    public float[][] EmbedSound(IEnumerable<float[]> examples)
    {
        Vggish vggish = _vggish.Load();
        var embeddings = new List<float[]>();
        foreach (float[][] part in examples.Chunk(ExamplesAtOnce))
        {
            using var scope = new TensorScope();
            Tensor sound = Tensor.FromArray(part.SelectMany(e => e).ToArray(), [part.Length, 1, LogMel.Frames, LogMel.Bands], device);
            float[] values = FiniteCheck.Require(vggish.Forward(sound), "sound embeddings").ToArray();
            embeddings.AddRange(values.Chunk(values.Length / part.Length));
        }
        _vggish.Release(keeps);
        return [.. embeddings];
    }

    /// <summary>What sounds in a frame.</summary>
    /// <param name="frame">One frame, with its sound embedded.</param>
    /// <param name="mode">What it is multiplied with.</param>
    /// <returns>The mask, of the frame's size, and the frame's pre-mask.</returns>
    /// <exception cref="InvalidDataException">The numbers are not finite.</exception>
    public (SegmentedMask Mask, MaskStack PreMask) Segment(ClipFrames frame, InferenceMaskMode mode)
    {
        Ssp ssp = _ssp.Load();
        using var scope = new TensorScope();
        PreparedClip prepared = _preparer.Prepare(frame, mode);
        Image picture = frame.Frames[0];
        SspOutput output = ssp.Forward(prepared.Inputs(ssp.Clip, null, device));
        return (MaskPostprocessor.Segment(output, prepared.Size, picture.Height, picture.Width, config.Task == SegmentationTask.Avs)[0], prepared.PreMask);
    }

    /// <summary>Frees the network that segments, unless networks stay loaded.</summary>
    public void EndSegmenting() => _ssp.Release(keeps);

    public void Dispose()
    {
        _vggish.Release(keep: false);
        _ssp.Release(keep: false);
    }
}
