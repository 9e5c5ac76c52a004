using SspNative.Model.Config;

namespace SspNative.Model.Encoders.Perceiver;

/// <summary>
/// Perceiver IO for optical flow (Jaegle et al. 2021), names as in deepmind/optical-flow-perceiver: every pixel's patch pair and
/// position are keys that 2048 latents attend to; after 24 self-attention layers every pixel queries the latents for its motion.
/// </summary>
public sealed class PerceiverFlow
{
    private const int PatchChannels = 64;
    private const int FourierBands = 64;
    private const int PatchInputs = 54;
    private const float RescaleFactor = 100f;

    // Pixels encoded and decoded at a time when nothing is recorded: bounds memory, costs nothing.
    private const int PieceRows = 16384;

    private readonly PerceiverFlowConfig _config;
    private readonly ParameterStore _store;
    private readonly Linear _convAfterPatches;
    private readonly Tensor _latents;
    private readonly PerceiverLayer _encoderCross;
    private readonly PerceiverLayer[] _selfAttends;
    private readonly PerceiverLayer _decoderCross;
    private readonly Linear _final;

    // What the encoding of pixels depends on, and what their decoding does.
    private readonly Tensor[] _encoding;
    private readonly Tensor[] _decoding;

    public PerceiverFlow(ParameterPath root, PerceiverFlowConfig config)
    {
        _config = config;
        _store = root.Store;
        int inputs = PatchChannels + FourierPositionEncoding.Channels(FourierBands);
        ParameterPath path = root / "perceiver", encoder = path / "encoder", decoder = path / "decoder" / "decoder";
        _convAfterPatches = new Linear(path / "input_preprocessor" / "conv_after_patches", PatchInputs, PatchChannels);
        _latents = (path / "embeddings").Get("latents", [config.NumLatents, config.DLatents], Init.XavierUniform);
        _encoderCross = new PerceiverLayer(
            encoder / "cross_attention", config.DLatents, inputs, inputs, config.NumCrossAttentionHeads, config.CrossAttentionWideningFactor,
            residual: true);
        _selfAttends =
        [
            .. Enumerable.Range(0, config.NumSelfAttendsPerBlock).Select(i => new PerceiverLayer(
                encoder / "self_attends" / i, config.DLatents, null, config.DLatents, config.NumSelfAttentionHeads,
                config.SelfAttentionWideningFactor, residual: true)),
        ];
        _decoderCross = new PerceiverLayer(
            decoder / "decoding_cross_attention", inputs, config.DLatents, config.DLatents, config.NumCrossAttentionHeads,
            config.CrossAttentionWideningFactor, residual: false);
        _final = new Linear(decoder / "final_layer", inputs, 2);
        _encoding = [_convAfterPatches.Weight, _convAfterPatches.Bias!, _latents, .. Below(encoder / "cross_attention")];
        _decoding = [.. Below(decoder / "decoding_cross_attention")];

        IEnumerable<Tensor> Below(ParameterPath part) =>
            _store.Names.Where(n => n.StartsWith((part / "").Prefix, StringComparison.Ordinal)).Select(n => _store[n]);
    }

    /// <summary>
    /// Patch pairs (B,2,27,H,W), H×W being the training size → flow (B,H,W,2) as (u,v), in the network's unit of 20 pixels.
    /// </summary>
    public Tensor Forward(Tensor patches)
    {
        using ProfilerSpan span = Profiler.Module("perceiver");
        using var scope = new TensorScope();
        int b = patches.Shape[0], h = patches.Shape[3], w = patches.Shape[4];
        if (patches.Rank != 5 || patches.Shape[1] != 2 || patches.Shape[2] * 2 != PatchInputs || h != _config.TrainSize[0] || w != _config.TrainSize[1])
            throw new ArgumentException(
                $"perceiver-flow: patches {patches.Shape} must be (B, 2, 27, {_config.TrainSize[0]}, {_config.TrainSize[1]}); split larger images into tiles.");
        Tensor pixels = Ops.Reshape(Ops.Permute(patches, 0, 3, 4, 1, 2), b, h * w, PatchInputs);
        Tensor latents = Ops.Expand(Ops.Reshape(_latents, 1, _config.NumLatents, _config.DLatents), [b, _config.NumLatents, _config.DLatents]);
        // Unrecorded, the inputs are never held: of one head's keys only the pixels' features are needed, and pieces may be made twice.
        bool whole = GradientTape.IsRecording([patches, .. _encoding]), oneHead = _config.NumCrossAttentionHeads == 1;
        Tensor? inputs = whole ? Preprocess(pixels, 0, h * w) : null;
        latents = inputs is not null ? AttendToPixels(latents, inputs)
            : oneHead ? AttendToGrid(latents, pixels) : AttendInPieces(latents, pixels);
        for (int block = 0; block < _config.NumBlocks; block++)
            foreach (PerceiverLayer layer in _selfAttends)
                latents = layer.Forward(latents);
        Tensor flow = inputs is not null ? Decode(inputs, latents)
            : oneHead && !GradientTape.IsRecording([latents, .. _decoding]) ? DecodeGrid(pixels, latents) : DecodeInPieces(pixels, latents);
        return scope.Keep(Ops.Reshape(flow, b, h, w, 2));
    }

    // The inputs of the pixels start … start+count−1.
    private Tensor Preprocess(Tensor pixels, int start, int count)
    {
        using ProfilerSpan span = Profiler.Module("inputs");
        using var scope = new TensorScope();
        Tensor position = FourierPositionEncoding.Of(_store, _config.TrainSize[0], _config.TrainSize[1], FourierBands, start, count);
        Tensor expanded = Ops.Expand(position, [pixels.Shape[0], count, position.Shape[2]]);
        return scope.Keep(Ops.Concat([_convAfterPatches.Forward(Ops.Narrow(pixels, 1, start, count)), expanded], 2));
    }

    private Tensor PreprocessPiece(Tensor pixels, int start) => Preprocess(pixels, start, Math.Min(PieceRows, pixels.Shape[1] - start));

    private Tensor AttendToPixels(Tensor latents, Tensor inputs)
    {
        using ProfilerSpan span = Profiler.Module("cross attention");
        using var scope = new TensorScope();
        (Tensor keys, Tensor values) = _encoderCross.Project(inputs);
        return scope.Keep(_encoderCross.Forward(latents, keys, values));
    }

    private Tensor AttendToGrid(Tensor latents, Tensor pixels)
    {
        using ProfilerSpan span = Profiler.Module("cross attention");
        using var scope = new TensorScope();
        (Tensor rows, Tensor columns) = FourierPositionEncoding.Tables(_store, _config.TrainSize[0], _config.TrainSize[1], FourierBands);
        return scope.Keep(_encoderCross.ForwardToGrid(latents, _convAfterPatches.Forward(pixels), rows, columns));
    }

    private Tensor AttendInPieces(Tensor latents, Tensor pixels)
    {
        using ProfilerSpan span = Profiler.Module("cross attention");
        IEnumerable<int> starts = Enumerable.Range(0, (pixels.Shape[1] + PieceRows - 1) / PieceRows).Select(i => i * PieceRows);
        return _encoderCross.ForwardInPieces(latents, starts, start => PreprocessPiece(pixels, start));
    }

    private Tensor Decode(Tensor inputs, Tensor latents)
    {
        using ProfilerSpan span = Profiler.Module("decoder");
        (Tensor keys, Tensor values) = _decoderCross.Project(latents);
        return Ops.Scale(_final.Forward(_decoderCross.Forward(inputs, keys, values)), 1f / RescaleFactor);
    }

    private Tensor DecodeInPieces(Tensor pixels, Tensor latents)
    {
        using ProfilerSpan span = Profiler.Module("decoder");
        using var scope = new TensorScope();
        (Tensor keys, Tensor values) = _decoderCross.Project(latents);
        return scope.Keep(InPieces(pixels.Shape[1], PieceRows, start => _decoderCross.Forward(PreprocessPiece(pixels, start), keys, values)));
    }

    private Tensor DecodeGrid(Tensor pixels, Tensor latents)
    {
        using ProfilerSpan span = Profiler.Module("decoder");
        using var scope = new TensorScope();
        int height = _config.TrainSize[0], width = _config.TrainSize[1], lines = Math.Max(1, PieceRows / width);
        (Tensor rows, Tensor columns) = FourierPositionEncoding.Tables(_store, height, width, FourierBands);
        Func<Tensor, Tensor, Tensor> cross = _decoderCross.OfGrid(latents, columns);
        return scope.Keep(InPieces(height, lines, start =>
        {
            int count = Math.Min(lines, height - start);
            Tensor features = _convAfterPatches.Forward(Ops.Narrow(pixels, 1, start * width, count * width));
            return cross(features, Ops.Narrow(rows, 0, start, count));
        }));
    }

    // The flow of what the decoder's attention makes of one piece after the other.
    private Tensor InPieces(int count, int size, Func<int, Tensor> decoded)
    {
        var pieces = new List<Tensor>();
        for (int start = 0; start < count; start += size)
            pieces.Add(TensorScope.Run(() => Ops.Scale(_final.Forward(decoded(start)), 1f / RescaleFactor)));
        return Ops.Concat(pieces, 1);
    }
}
