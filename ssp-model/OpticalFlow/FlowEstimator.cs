using SspNative.Model.Config;
using SspNative.Model.Media;
using SspNative.Model.OpticalFlow.Perceiver;

namespace SspNative.Model.OpticalFlow;

/// <summary>Perceiver IO flow between consecutive frames.</summary>
public sealed class FlowEstimator(PerceiverFlow network, PerceiverFlowConfig config, IDevice device)
{
    // The published factor between the network's unit and pixels.
    private const float PixelsPerUnit = 20f;

    private readonly int _tileHeight = config.TrainSize[0];
    private readonly int _tileWidth = config.TrainSize[1];

    /// <summary>Network runs for a pair of frames.</summary>
    public int RunsPerPair(int height, int width, FlowSize size) =>
        size == FlowSize.Tile ? 1 : new FlowTiles(height, width, _tileHeight, _tileWidth).Origins.Count;

    /// <param name="frames">T frames of one size, T ≥ 2.</param>
    /// <param name="size">Whether frames are stretched to one tile or covered with tiles.</param>
    /// <param name="step">Called after every network run.</param>
    public ClipFlow Estimate(IReadOnlyList<Image> frames, FlowSize size, Action step)
    {
        (int width, int height) = (frames[0].Width, frames[0].Height);
        bool stretched = size == FlowSize.Tile;
        (int mapWidth, int mapHeight) = stretched ? (_tileWidth, _tileHeight) : (width, height);
        IReadOnlyList<Image> seen = stretched
            ? [.. frames.Select(f => PilResize.Resize(f, mapWidth, mapHeight, ResampleFilter.Bilinear))]
            : frames;
        var tiles = new FlowTiles(mapHeight, mapWidth, _tileHeight, _tileWidth);
        var data = new float[(frames.Count - 1) * 2 * mapHeight * mapWidth];
        for (int pair = 0; pair + 1 < frames.Count; pair++)
        {
            float[] flow = tiles.Estimate(seen[pair], seen[pair + 1], (a, b) =>
            {
                float[] tile = TileFlow(a, b);
                step();
                return tile;
            });
            flow.CopyTo(data, pair * flow.Length);
            ScaleTo(data.AsSpan(pair * flow.Length, flow.Length), (float)width / mapWidth, (float)height / mapHeight);
        }
        return new ClipFlow(data, mapHeight, mapWidth);
    }

    private float[] TileFlow(Image first, Image second)
    {
        using var scope = new TensorScope();
        var patches = new float[2 * FlowPatches.Channels * _tileHeight * _tileWidth];
        FlowPatches.Extract(first, second, patches);
        Tensor flow = network.Forward(Tensor.FromArray(patches, [1, 2, FlowPatches.Channels, _tileHeight, _tileWidth], device));
        return Ops.ToChannelsFirst(Ops.Scale(FiniteCheck.Require(flow, "optical flow"), PixelsPerUnit)).ToArray();
    }

    private static void ScaleTo(Span<float> flow, float ratioX, float ratioY)
    {
        int pixels = flow.Length / 2;
        for (int i = 0; i < pixels; i++)
        {
            flow[i] *= ratioX;
            flow[pixels + i] *= ratioY;
        }
    }
}
