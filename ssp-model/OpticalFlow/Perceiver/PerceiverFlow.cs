using SspNative.Model.Config;

namespace SspNative.Model.OpticalFlow.Perceiver;

/// <summary>
/// Perceiver IO for optical flow (Jaegle et al. 2021), names as in deepmind/optical-flow-perceiver: every pixel's patch pair and
/// position are keys that 2048 latents attend to; after 24 self-attention layers every pixel queries the latents for its motion. Patch pairs
/// (B,2,27,H,W), H×W being the training size → flow (B,H,W,2) as (u,v), in the network's unit of 20 pixels.
/// </summary>
public sealed class PerceiverFlow : Layer
{
    private const int PatchChannels = 64;
    private const int FourierBands = 64;
    private const int PatchInputs = 54;
    private const float RescaleFactor = 100f;

    // Pixels decoded at a time when nothing is recorded: bounds memory, costs nothing.
    private const int PieceRows = 16384;

    private readonly PerceiverFlowConfig _config;
    private readonly ParameterStore _store;
    private readonly Linear _convAfterPatches;
    private readonly Tensor _latents;
    private readonly PerceiverCrossAttention _encoderCross;
    private readonly PerceiverLayer[] _selfAttends;
    private readonly PerceiverCrossAttention _decoderCross;
    private readonly Linear _final;
    private readonly Tensor[] _parameters;

    public PerceiverFlow(ParameterPath root, PerceiverFlowConfig config)
        : base("perceiver")
    {
        _config = config;
        _store = root.Store;
        int inputs = PatchChannels + FourierPositionEncoding.Channels(FourierBands);
        ParameterPath path = root / "perceiver", encoder = path / "encoder", decoder = path / "decoder" / "decoder";
        _convAfterPatches = new Linear(path / "input_preprocessor" / "conv_after_patches", PatchInputs, PatchChannels);
        _latents = (path / "embeddings").Get("latents", [config.NumLatents, config.DLatents], Init.XavierUniform);
        _encoderCross = new PerceiverCrossAttention(
            encoder / "cross_attention", config.DLatents, inputs, inputs, config.NumCrossAttentionHeads, config.CrossAttentionWideningFactor,
            residual: true, "cross attention");
        _selfAttends =
        [
            .. Enumerable.Range(0, config.NumSelfAttendsPerBlock).Select(i => new PerceiverLayer(
                encoder / "self_attends" / i, config.DLatents, config.NumSelfAttentionHeads, config.SelfAttentionWideningFactor)),
        ];
        _decoderCross = new PerceiverCrossAttention(
            decoder / "decoding_cross_attention", inputs, config.DLatents, config.DLatents, config.NumCrossAttentionHeads,
            config.CrossAttentionWideningFactor, residual: false);
        _final = new Linear(decoder / "final_layer", inputs, 2);
        _parameters = [.. _store.Names.Where(n => n.StartsWith((path / "").Prefix, StringComparison.Ordinal)).Select(n => _store[n])];
    }

    protected override Tensor Compute(Tensor patches)
    {
        if (patches.Rank != 5 || patches.Shape[1] != 2 || patches.Shape[2] * 2 != PatchInputs
            || patches.Shape[3] != _config.TrainSize[0] || patches.Shape[4] != _config.TrainSize[1])
            throw new ArgumentException(
                $"perceiver-flow: patches {patches.Shape} must be (B, 2, 27, {_config.TrainSize[0]}, {_config.TrainSize[1]}); split larger images into tiles");
        int b = patches.Shape[0], h = patches.Shape[3], w = patches.Shape[4];
        Tensor latents = Ops.Expand(Ops.Reshape(_latents, 1, _config.NumLatents, _config.DLatents), [b, _config.NumLatents, _config.DLatents]);
        // The pixels' inputs, 322 channels each, are the largest tensor by far. Over the grid they are never made, and half the arithmetic is saved;
        // but that form has no gradient and one head. So a recorded network, or one of several heads, runs as published.
        bool asPublished = _config.NumCrossAttentionHeads > 1 || GradientTape.IsRecording([patches, .. _parameters]);
        Tensor? inputs = asPublished ? Inputs(Pixels(patches)) : null;
        latents = inputs is null ? AttendToGrid(latents, patches) : _encoderCross.Forward(new(latents, inputs));
        for (int block = 0; block < _config.NumBlocks; block++)
            foreach (PerceiverLayer layer in _selfAttends)
                latents = layer.Forward(latents);
        Tensor flow = inputs is null ? DecodeGrid(patches, latents) : Decode(inputs, latents);
        return Ops.Reshape(flow, b, h, w, 2);
    }

    // Patches (B,2,27,h,w) of some rows → (B,h·w,54).
    private static Tensor Pixels(Tensor patches) =>
        Ops.Reshape(Ops.Permute(patches, 0, 3, 4, 1, 2), patches.Shape[0], patches.Shape[3] * patches.Shape[4], PatchInputs);

    // Features and position of every pixel.
    private Tensor Inputs(Tensor pixels)
    {
        using ProfilerSpan span = Profiler.Module("inputs");
        using var scope = new TensorScope();
        Tensor position = FourierPositionEncoding.Encode(_store, _config.TrainSize[0], _config.TrainSize[1], FourierBands);
        Tensor expanded = Ops.Expand(position, [pixels.Shape[0], pixels.Shape[1], position.Shape[2]]);
        return scope.Keep(Ops.Concat([_convAfterPatches.Forward(pixels), expanded], 2));
    }

    private Tensor AttendToGrid(Tensor latents, Tensor patches)
    {
        using ProfilerSpan span = Profiler.Module("cross attention");
        using var scope = new TensorScope();
        (Tensor rows, Tensor columns) = FourierPositionEncoding.Tables(_store, _config.TrainSize[0], _config.TrainSize[1], FourierBands);
        // The patches by pixels are a second copy, freed before the pixels are attended to.
        Tensor features = TensorScope.Run(() => _convAfterPatches.Forward(Pixels(patches)));
        return scope.Keep(_encoderCross.ForwardToGrid(latents, features, rows, columns));
    }

    private Tensor Decode(Tensor inputs, Tensor latents)
    {
        using ProfilerSpan span = Profiler.Module("decoder");
        return Flow(_decoderCross.Forward(new(inputs, latents)));
    }

    private Tensor DecodeGrid(Tensor patches, Tensor latents)
    {
        using ProfilerSpan span = Profiler.Module("decoder");
        using var scope = new TensorScope();
        int height = _config.TrainSize[0], width = _config.TrainSize[1], lines = Math.Max(1, PieceRows / width);
        (Tensor rows, Tensor columns) = FourierPositionEncoding.Tables(_store, height, width, FourierBands);
        Func<Tensor, Tensor, Tensor> cross = _decoderCross.OfGrid(latents, columns);
        var pieces = new List<Tensor>();
        for (int start = 0; start < height; start += lines)
        {
            int first = start, count = Math.Min(lines, height - start);
            pieces.Add(TensorScope.Run(() =>
            {
                Tensor features = _convAfterPatches.Forward(Pixels(Ops.Narrow(patches, 3, first, count)));
                return Flow(cross(features, Ops.Narrow(rows, 0, first, count)));
            }));
        }
        return scope.Keep(Ops.Concat(pieces, 1));
    }

    private Tensor Flow(Tensor decoded) => Ops.Scale(_final.Forward(decoded), 1f / RescaleFactor);
}
