using System.Diagnostics;
using SspNative.Lab.Workloads;
using static TorchSharp.torch;

namespace SspNative.Peers.Libtorch;

/// <summary>
/// A computation and what it reads. Forward runs without gradients and times everything. Backward runs the forward untimed, then times the gradients
/// of all leaves, given gradients of the outputs made beforehand.
/// </summary>
internal sealed class TorchCase : IPeerCase
{
    private const int TrialRuns = 3;

    private readonly Func<Tensor[]> _forward;
    private readonly Pass _pass;
    private readonly IReadOnlyList<Tensor> _leaves;
    private Action _free;
    private string[] _names = [];
    private readonly Tensor[] _outputGradients = [];

    /// <param name="pass">Which half is timed.</param>
    /// <param name="leaves">Inputs and parameters that gradients are taken of.</param>
    /// <param name="forward">The computation; it is called inside a dispose scope.</param>
    /// <param name="others">Further tensors that the case owns.</param>
    /// <param name="free">Frees what the case owns; default: the leaves and the others.</param>
    public TorchCase(
        Pass pass, IReadOnlyList<Tensor> leaves, Func<Tensor[]> forward, IReadOnlyList<Tensor>? others = null, Action? free = null)
    {
        (_pass, _leaves, _forward) = (pass, leaves, forward);
        _free = free ?? (() =>
        {
            foreach (Tensor tensor in leaves.Concat(others ?? []))
                tensor.Dispose();
        });
        foreach (Tensor leaf in leaves)
            leaf.requires_grad_(pass == Pass.Backward);
        if (pass == Pass.Backward)
        {
            using DisposeScope scope = NewDisposeScope();
            _outputGradients = [.. forward().Select(o => randn_like(o.detach()).DetachFromDisposeScope())];
        }
    }

    public double Run() => _pass == Pass.Forward ? Forward() : Backward();

    /// <summary>The quicker of several forms of one computation: each runs once unmeasured, then a few times; the best time counts.</summary>
    public static TorchCase Fastest(params IReadOnlyList<TorchCase> forms)
    {
        double[] best = [.. forms.Select(form =>
        {
            form.Run();
            return Enumerable.Range(0, TrialRuns).Min(_ => form.Run());
        })];
        int winner = Array.IndexOf(best, best.Min());
        Console.Error.WriteLine($"libtorch: form {winner} of {string.Join(", ", best.Select(s => $"{1e3 * s:0.00} ms"))}");
        for (int i = 0; i < forms.Count; i++)
            if (i != winner)
                forms[i].Dispose();
        return forms[winner];
    }

    /// <summary>What it computes, where <see cref="Naming"/> has named it.</summary>
    public IReadOnlyList<CaseOutput> Outputs()
    {
        if (_names.Length == 0)
            return [];
        using IDisposable mode = inference_mode();
        using DisposeScope scope = NewDisposeScope();
        return
        [
            .. _forward().Zip(_names, (output, name) => new CaseOutput(
                name, Array.ConvertAll(output.shape, n => (int)n), output.contiguous().data<float>().ToArray())),
        ];
    }

    /// <summary>Says that weights and inputs are the engine's, and by which names the outputs are compared.</summary>
    public TorchCase Naming(params string[] outputs)
    {
        _names = outputs;
        return this;
    }

    /// <summary>Hands the case what its forms share; it is freed with the case.</summary>
    public TorchCase Owning(Action free)
    {
        _free += free;
        return this;
    }

    public void Dispose()
    {
        foreach (Tensor gradient in _outputGradients)
            gradient.Dispose();
        _free();
    }

    private double Forward()
    {
        using IDisposable mode = inference_mode();
        using DisposeScope scope = NewDisposeScope();
        long start = Stopwatch.GetTimestamp();
        _forward();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private double Backward()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor[] outputs = _forward();
        long start = Stopwatch.GetTimestamp();
        autograd.grad(outputs, [.. _leaves], _outputGradients);
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
