namespace SspNative.Lab.Catalogue;

/// <summary>A call with wrong arguments. Its error names the operation and the shapes of all tensors.</summary>
/// <param name="Name">Unique; what comes before @ is the operation as its error names it.</param>
/// <param name="Words">What its error says besides.</param>
/// <param name="Inputs">What its tensors are made of.</param>
/// <param name="Run">The call.</param>
internal sealed record OpMistake(string Name, string Words, OpInput[] Inputs, Func<Tensor[], Tensor> Run)
{
    /// <summary>An operand of integers where floats belong.</summary>
    public static OpMistake ElementType(string op, Func<Tensor, Tensor> run) =>
        new($"{op}@element type", "an operand I64(2, 3) must be F32", [OpInput.Indices([2, 3], 5)], t => run(t[0]));
}
