using System.Diagnostics;
using Microsoft.ML.OnnxRuntime;
using SspNative.Lab.Benchmarking;
using SspNative.Lab.Workloads;
using SspNative.Peers.OnnxRuntime.Graphs;

namespace SspNative.Peers.OnnxRuntime;

/// <summary>A session on a graph, with inputs and outputs made beforehand.</summary>
internal sealed class SessionCase : IPeerCase
{
    private const int TrialRuns = 3;

    // What takes longer needs no second run to be told from another form.
    private const double SecondsOfTrial = 1;

    private readonly InferenceSession _session;
    private readonly RunOptions _options = new();
    private readonly string[] _inputNames;
    private readonly OrtValue[] _inputs;
    private readonly bool _compares;
    private readonly CaseOutput[] _results;
    private readonly string[] _outputNames;
    private readonly OrtValue[] _outputs;

    /// <param name="graph">The graph.</param>
    /// <param name="compares">Whether its weights and inputs are the engine's.</param>
    public SessionCase(OnnxGraph graph, bool compares)
    {
        using var options = new SessionOptions
        {
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            IntraOpNumThreads = PeerThreads.Count,
            InterOpNumThreads = 1,
        };
        _session = new InferenceSession(graph.ToModel(), options);
        _inputNames = [.. graph.Inputs.Select(i => i.Name)];
        _inputs = [.. graph.Inputs.Select(Value)];
        _compares = compares;
        _outputNames = [.. graph.Outputs.Select(o => o.Name)];
        _results =
            [.. graph.Outputs.Select(o => new CaseOutput(o.Name, Array.ConvertAll(o.Shape, n => (int)n), new float[o.Shape.Aggregate(1L, (a, b) => a * b)]))];
        _outputs = [.. _results.Zip(graph.Outputs, (r, o) => OrtValue.CreateTensorValueFromMemory(r.Values, o.Shape))];
    }

    /// <summary>The quickest of several forms of one computation: each runs once unmeasured, then a few times; the best time counts.</summary>
    public static SessionCase Fastest(params IReadOnlyList<(string Name, Func<OnnxGraph> Graph)> forms)
    {
        int best = 0;
        if (forms.Count > 1)
        {
            double[] times = [.. forms.Select(form => Trial(form.Graph))];
            best = Array.IndexOf(times, times.Min());
            Console.Error.WriteLine($"onnxruntime: {forms[best].Name} of {string.Join(", ", forms.Zip(times, (f, t) => $"{f.Name} {1e3 * t:0.00} ms"))}");
        }
        return new SessionCase(forms[best].Graph(), compares: true);
    }

    public double Run()
    {
        long start = Stopwatch.GetTimestamp();
        _session.Run(_options, _inputNames, _inputs, _outputNames, _outputs);
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    public IReadOnlyList<CaseOutput> Outputs() => _compares ? _results : [];

    public void Dispose()
    {
        foreach (OrtValue value in _inputs.Concat(_outputs))
            value.Dispose();
        _options.Dispose();
        _session.Dispose();
    }

    private static double Trial(Func<OnnxGraph> form)
    {
        // Of the form before nothing may be left.
        ProcessMemory.ResetPeak();
        using var session = new SessionCase(form(), compares: true);
        session.Run();
        double best = session.Run(), total = best;
        for (int run = 1; run < TrialRuns && total < SecondsOfTrial; run++)
        {
            double seconds = session.Run();
            (best, total) = (Math.Min(best, seconds), total + seconds);
        }
        return best;
    }

    private static OrtValue Value(GraphInput input) => input.Values switch
    {
        float[] floats => OrtValue.CreateTensorValueFromMemory(floats, input.Shape),
        long[] integers => OrtValue.CreateTensorValueFromMemory(integers, input.Shape),
        _ => throw new ArgumentException($"an input cannot be of {input.Values.GetType()}", nameof(input)),
    };
}
