using SspNative.Lab.Workloads;

namespace SspNative.Lab.Catalogue;

/// <summary>A size of a case by its name.</summary>
internal delegate int SizeOf(string name);

/// <summary>A kind of case of <c>ssp bench kernels</c>. Peers know it by its name.</summary>
/// <param name="Kind">Its name, the first word of a case.</param>
/// <param name="Sizes">The integers that it reads.</param>
internal sealed record Benchmark(string Kind, params BenchSize[] Sizes)
{
    /// <summary>What is computed from.</summary>
    public required Func<SizeOf, BenchInput[]> Inputs { get; init; }

    /// <summary>The operation.</summary>
    public Func<Tensor[], SizeOf, Tensor>? Forward { get; init; }

    /// <summary>Whether the operation can be recorded, and its backward pass computes anything.</summary>
    public bool HasBackward { get; init; } = true;

    /// <summary>In place of an operation: what is executed, and what it holds from one time to the next.</summary>
    public Func<Tensor[], (Action Execute, IDisposable Held)>? Stateful { get; init; }

    /// <summary>What <c>ssp bench kernels</c> measures of the kind.</summary>
    public required NamedSizes[] Cases { get; init; }

    /// <summary>The cases, forward and backward.</summary>
    public IEnumerable<BenchCase> All
    {
        get
        {
            foreach (NamedSizes c in Cases)
            {
                Dictionary<string, int> sizes = Sizes.Zip(c.Values).ToDictionary(s => s.First.Name, s => s.Second);
                yield return new BenchCase($"{Kind} {c.Name}", Kind, Pass.Forward, sizes);
                if (HasBackward)
                    yield return new BenchCase($"{Kind} {c.Name} backward", Kind, Pass.Backward, sizes);
            }
        }
    }

    /// <summary>A case made ready to be run on a device, its inputs made.</summary>
    /// <exception cref="InputException">The kind has no backward pass, or a size it needs is missing.</exception>
    public BenchRun Prepare(BenchCase work, IDevice device)
    {
        if (work.Pass == Pass.Backward && !HasBackward)
            throw new InputException($"{work.Name}: the kind {Kind} has no backward pass");
        BenchInput[] made = Inputs(work.Size);
        Tensor[] inputs = [.. made.Select((input, i) => input.Make($"{Kind}.{i}", device))];
        if (Stateful is not null)
        {
            (Action execute, IDisposable held) = Stateful(inputs);
            return new ForwardRun(execute, [.. inputs, held]);
        }
        Tensor Run() => Forward!(inputs, work.Size);
        if (work.Pass == Pass.Forward)
            return new ForwardRun(() => Run(), inputs);
        for (int i = 0; i < inputs.Length; i++)
            inputs[i].RequiresGrad = made[i].Values != BenchValues.HalfMask;
        return new BackwardRun(Run, inputs);
    }
}

/// <summary>A size that a kind reads.</summary>
/// <param name="Otherwise">What it is where it is not given; null if it must be.</param>
/// <param name="Least">The least that it may be.</param>
internal readonly record struct BenchSize(string Name, int? Otherwise = null, int Least = 1)
{
    public static implicit operator BenchSize(string name) => new(name);

    public static implicit operator BenchSize((string Name, int Otherwise) size) => new(size.Name, size.Otherwise);

    public static implicit operator BenchSize((string Name, int Otherwise, int Least) size) => new(size.Name, size.Otherwise, size.Least);
}

/// <summary>The sizes of a case, in their order.</summary>
/// <param name="Name">What its name says after the kind.</param>
/// <param name="Values">The sizes.</param>
internal sealed record NamedSizes(string Name, params int[] Values);
