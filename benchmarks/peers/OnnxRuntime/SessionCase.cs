using System.Diagnostics;
using Microsoft.ML.OnnxRuntime;

namespace SspNative.Peers.OnnxRuntime;

/// <summary>A session on a graph of one or a few operators, with inputs and outputs made beforehand.</summary>
internal sealed class SessionCase : IPeerCase
{
    private readonly InferenceSession _session;
    private readonly RunOptions _options = new();
    private readonly string[] _inputNames;
    private readonly OrtValue[] _inputs;
    private readonly string[] _outputNames;
    private readonly OrtValue[] _outputs;

    public SessionCase(OnnxGraph graph)
    {
        using var options = new SessionOptions
        {
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            IntraOpNumThreads = OnnxRuntimePeer.ThreadCount,
            InterOpNumThreads = 1,
        };
        _session = new InferenceSession(graph.ToModel(), options);
        _inputNames = [.. graph.Inputs.Select(i => i.Name)];
        _inputs = [.. graph.Inputs.Select(i => OrtValue.CreateTensorValueFromMemory(graph.Random(i.Shape), i.Shape))];
        _outputNames = [.. graph.Outputs.Select(o => o.Name)];
        _outputs = [.. graph.Outputs.Select(o => OrtValue.CreateTensorValueFromMemory(new float[o.Shape.Aggregate(1L, (a, b) => a * b)], o.Shape))];
    }

    public double Run()
    {
        long start = Stopwatch.GetTimestamp();
        _session.Run(_options, _inputNames, _inputs, _outputNames, _outputs);
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    public void Dispose()
    {
        foreach (OrtValue value in _inputs.Concat(_outputs))
            value.Dispose();
        _options.Dispose();
        _session.Dispose();
    }
}
