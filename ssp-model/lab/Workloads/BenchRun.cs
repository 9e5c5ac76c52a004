using System.Diagnostics;

namespace SspNative.Lab.Workloads;

/// <summary>
/// A case made ready to be executed by the engine, again and again. One execution is <see cref="Begin"/>, <see cref="Execute"/>, <see cref="End"/>, all on
/// one thread; only the middle one is timed.
/// </summary>
public abstract class BenchRun : IDisposable
{
    /// <summary>What comes before the clock starts, such as the forward of a backward pass.</summary>
    public abstract void Begin();

    /// <summary>What is timed.</summary>
    public abstract void Execute();

    /// <summary>Frees what the execution made.</summary>
    public abstract void End();

    public abstract void Dispose();

    /// <summary>What an execution computes, where it can be compared with what a peer computes.</summary>
    public virtual IReadOnlyList<CaseOutput> Outputs() => [];

    /// <summary>Executes once. Returns the seconds of the timed part.</summary>
    public double Run()
    {
        Begin();
        try
        {
            long start = Stopwatch.GetTimestamp();
            Execute();
            return Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
        finally
        {
            End();
        }
    }
}

/// <summary>Work without a gradient: a function of tensors that exist.</summary>
/// <param name="run">Computes; what it makes is freed after each execution.</param>
/// <param name="owned">Freed with the work.</param>
/// <param name="outputs">Computes once more and gives the results, where they can be compared.</param>
internal sealed class ForwardRun(Action run, IReadOnlyList<IDisposable> owned, Func<IReadOnlyList<CaseOutput>>? outputs = null) : BenchRun
{
    private TensorScope? _scope;

    public override void Begin() => _scope = new TensorScope();

    public override void Execute() => run();

    public override void End() => _scope?.Dispose();

    public override IReadOnlyList<CaseOutput> Outputs()
    {
        using var scope = new TensorScope();
        return outputs?.Invoke() ?? [];
    }

    public override void Dispose()
    {
        foreach (IDisposable d in owned)
            d.Dispose();
    }
}

/// <summary>The gradients of an operation's inputs.</summary>
/// <param name="forward">The operation, of inputs that require gradients.</param>
/// <param name="owned">Freed with the work.</param>
internal sealed class BackwardRun(Func<Tensor> forward, IReadOnlyList<IDisposable> owned) : BenchRun
{
    private TensorScope? _scope;
    private GradientTape? _tape;
    private Gradients? _gradients;
    private Tensor? _output;
    private Tensor? _cotangent;

    public override void Begin()
    {
        _scope = new TensorScope();
        _tape = new GradientTape();
        _output = forward();
        _cotangent ??= TensorScope.Unowned(BenchInput.Random(_output.Shape.ToArray()).Make("dy", _output.Device));
    }

    public override void Execute() => _gradients = _tape!.Backward([(_output!, _cotangent!)]);

    public override void End()
    {
        _gradients?.Dispose();
        _tape?.Dispose();
        _scope?.Dispose();
        (_gradients, _tape, _scope) = (null, null, null);
    }

    public override void Dispose()
    {
        _cotangent?.Dispose();
        foreach (IDisposable d in owned)
            d.Dispose();
    }
}
