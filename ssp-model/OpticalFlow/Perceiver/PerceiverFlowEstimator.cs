using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using SspNative.Model.Config;
using SspNative.Model.Media;

namespace SspNative.Model.OpticalFlow.Perceiver;

/// <summary>Perceiver IO flow between consecutive frames. Owns the network.</summary>
public sealed class PerceiverFlowEstimator : IFlowEstimator, IDisposable
{
    // The published factor between the network's unit and pixels.
    private const float PixelsPerUnit = 20f;

    private readonly ParameterStore _parameters;
    private readonly PerceiverFlow _network;
    private readonly FlowSize _size;
    private readonly int _tileHeight;
    private readonly int _tileWidth;
    private readonly string _config;
    private string? _identity;

    /// <param name="weights">Where the network's parameters come from.</param>
    /// <param name="config">Its sizes.</param>
    /// <param name="size">Whether frames are stretched to one tile of the network or covered with tiles.</param>
    /// <param name="device">Where it runs.</param>
    /// <exception cref="InvalidDataException">Weights are missing or have other shapes.</exception>
    public PerceiverFlowEstimator(IParameterSource weights, PerceiverFlowConfig config, FlowSize size, IDevice device)
    {
        (_size, _tileHeight, _tileWidth, _config) = (size, config.TrainSize[0], config.TrainSize[1], ConfigJson.Write(config));
        _parameters = new ParameterStore(weights, device) { IsForInference = true };
        try
        {
            _network = new PerceiverFlow(_parameters.Root, config);
            _parameters.ThrowIfIncomplete();
        }
        catch
        {
            _parameters.Dispose();
            throw;
        }
    }

    public string Identity => _identity ??= $"perceiver {_size} {_parameters.Device.Identity} {Digest()} {_config}";

    /// <summary>Whether weights have anything of the network.</summary>
    public static bool IsIn(IParameterSource weights, PerceiverFlowConfig config)
    {
        using ParameterStore store = Shapes(weights, config);
        return store.AbsentParts.Count == 0;
    }

    /// <summary>Asks for every parameter without loading any.</summary>
    /// <exception cref="InputException">The weights have no such part at all.</exception>
    /// <exception cref="InvalidDataException">Weights are missing or have other shapes.</exception>
    public static void RequireComplete(IParameterSource weights, PerceiverFlowConfig config)
    {
        using ParameterStore store = Shapes(weights, config);
        if (store.AbsentParts.Count > 0)
            throw new InputException($"{weights.Description}: the weights have no part for Perceiver flow: add its file to them, or take pyramid flow");
        store.ThrowIfIncomplete();
    }

    private static ParameterStore Shapes(IParameterSource weights, PerceiverFlowConfig config)
    {
        var store = new ParameterStore(new ShapesOnlySource(weights), new CountingDevice());
        _ = new PerceiverFlow(store.Root, config);
        return store;
    }

    public (int Height, int Width) SizeOf(Image frame) => _size == FlowSize.Tile ? (_tileHeight, _tileWidth) : (frame.Height, frame.Width);

    /// <summary>Network runs for a pair of frames.</summary>
    public int StepsPerPair(Image frame) => Tiles(frame).Origins.Count;

    public IEnumerable<float[]> Estimate(IEnumerable<Image> frames, Action step)
    {
        Image? before = null;
        foreach (Image frame in frames)
        {
            (int height, int width) = SizeOf(frame);
            Image seen = _size == FlowSize.Tile ? PilResize.Resize(frame, width, height, ResampleFilter.Bilinear) : frame;
            if (before is not null)
            {
                float[] flow = Tiles(frame).Estimate(before, seen, (a, b) =>
                {
                    float[] tile = TileFlow(a, b);
                    step();
                    return tile;
                });
                ScaleTo(flow, (float)frame.Width / width, (float)frame.Height / height);
                yield return flow;
            }
            before = seen;
        }
    }

    public void Dispose()
    {
        _parameters.Dispose();
        _parameters.Device.EmptyCache();
    }

    private string Digest()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string name in _parameters.Names)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{name} {_parameters[name].Shape}\n"));
            hash.AppendData(MemoryMarshal.AsBytes<float>(_parameters[name].ToArray()));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private FlowTiles Tiles(Image frame)
    {
        (int height, int width) = SizeOf(frame);
        return new FlowTiles(height, width, _tileHeight, _tileWidth);
    }

    private float[] TileFlow(Image first, Image second)
    {
        using var scope = new TensorScope();
        Tensor flow = _network.Forward(FlowPatches.Of(first, second, _parameters.Device));
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
