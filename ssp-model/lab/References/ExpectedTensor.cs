namespace SspNative.Lab.References;

/// <summary>
/// What a reference case expects of one output or gradient: all its elements, or those at some flat row-major indices.
/// </summary>
/// <param name="Name">The output's name, or <c>grad.NAME</c>.</param>
/// <param name="Shape">The shape of the whole tensor; null when the case does not tell that of a sampled gradient.</param>
/// <param name="Indices">Which elements are known, or null for all.</param>
/// <param name="Floats">The known elements, of a floating-point tensor.</param>
/// <param name="Integers">The known elements, of an integer tensor.</param>
/// <param name="TorchError">The relative rms error of PyTorch's own float32 run, if the case knows it.</param>
public sealed record ExpectedTensor(
    string Name, Shape? Shape, long[]? Indices, float[]? Floats, long[]? Integers, double? TorchError)
{
    /// <summary>Judges a tensor: its shape and element type first, then its values.</summary>
    public Judgement Judge(Tensor ours)
    {
        if (Shape is not null && ours.Shape != Shape)
            return Judgement.Fail(Name, $"the shape is {ours.Shape} instead of {Shape}", TorchError);
        if (Indices is { Length: > 0 } && Indices.Max() >= ours.Count)
            return Judgement.Fail(Name, $"the shape is {ours.Shape}, but element {Indices.Max()} is expected", TorchError);
        if (Floats is not null)
            return ours.DType == DType.F32
                ? Judgement.Compare(Name, Sample(ours.ToArray()), Floats, TorchError)
                : Judgement.Fail(Name, $"the elements are {ours.DType} instead of {DType.F32}", TorchError);
        return ours.DType switch
        {
            DType.I64 => Judgement.Compare(Name, Sample(ours.ToLongArray()), Integers),
            DType.U8 => Judgement.Compare(Name, Sample(Array.ConvertAll(ours.ToByteArray(), b => (long)b)), Integers),
            _ => Judgement.Fail(Name, $"the elements are {ours.DType} instead of integers", TorchError),
        };
    }

    /// <summary>Judges a gradient that nothing contributed to.</summary>
    public Judgement JudgeZeros()
    {
        Judgement judgement = Judgement.Compare(Name, new float[Floats!.Length], Floats, TorchError);
        return judgement.Level == JudgementLevel.Wrong
            ? judgement with { Reason = "no gradient reached it" }
            : judgement;
    }

    private T[] Sample<T>(T[] whole) => Indices is null ? whole : Array.ConvertAll(Indices, i => whole[i]);
}
