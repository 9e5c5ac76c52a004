using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Engines;
using SspNative.Engine;
using SspNative.Engine.Nn;
using SspNative.Kernels.Cpu;
using SspNative.Model.Config;
using SspNative.Model.Decoder;
using SspNative.Model.Encoders.Clip;
using SspNative.Model.Networks;
using SspNative.Model.OpticalFlow.Perceiver;
using SspNative.Model.Weights;

namespace SspNative.Benchmarks;

/// <summary>The large parts of the model on one input each: a frame of 384×384, a pair of flow tiles.</summary>
[SimpleJob(RunStrategy.Monitoring, warmupCount: 1, iterationCount: 5)]
public class ModelBenchmarks
{
    private readonly Tensor _frame = BenchmarkTensors.Random("frame", 1, 3, 384, 384);
    private readonly Tensor _clipFrame = BenchmarkTensors.Random("clip", 1, 3, 224, 224);
    private readonly Tensor _audio = BenchmarkTensors.Random("audio", 1, AudioQueries.AudioChannels);
    private readonly Tensor _patches = BenchmarkTensors.Random("patches", 1, 2, FlowPatches.Channels, 368, 496);
    private readonly Aavs _aavs = new(Weights(), new AavsConfig());
    private readonly ClipVision _clip = new(Weights() / "clip", new ClipVisionConfig());
    private readonly PerceiverFlow _flow = new(Weights(), new PerceiverFlowConfig());

    [Benchmark]
    public void AavsFrame()
    {
        using var scope = new TensorScope();
        PixelDecoderOutput pixels = _aavs.Encode(_frame);
        _aavs.Decode(pixels.Levels.HandOver(), pixels.MaskFeatures, _audio, null);
    }

    [Benchmark]
    public void ClipFrame()
    {
        using var scope = new TensorScope();
        _clip.Forward(_clipFrame);
    }

    [Benchmark]
    public void FlowPair()
    {
        using var scope = new TensorScope();
        _flow.Forward(_patches);
    }

    private static ParameterPath Weights() => new ParameterStore(new ProceduralSource(1), CpuDevice.Default).Root;
}
