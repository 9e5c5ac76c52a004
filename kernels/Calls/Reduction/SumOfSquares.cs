namespace SspNative.Kernels;

/// <summary>result[i] = Σ x² of the i-th tensor, in double precision and an order that does not depend on the number of threads.</summary>
/// <param name="Result">F64, an element a tensor.</param>
public readonly record struct SumOfSquaresCall(SquaredTensor[] Tensors, DeviceBuffer Result) : IKernelCall<SumOfSquaresCall>
{
    /// <summary>
    /// A device adds up so many elements at a time, and then those sums one after the other: whoever has the sums of all blocks has the result.
    /// </summary>
    public const int Block = 2048;

    public static string Name => "sum_of_squares";

    public Cost Cost => Cost.Of(this, 2.0 * Tensors.Sum(tensor => tensor.Count));

    public SumOfSquaresCall Over<TOperands>(ref TOperands operands)
        where TOperands : struct, IOperands
    {
        var tensors = new SquaredTensor[Tensors.Length];
        for (int i = 0; i < tensors.Length; i++)
            tensors[i] = Tensors[i] with { X = operands.Reads(Tensors[i].X, Tensors[i].Count, name: $"{nameof(Tensors)}[{i}].X") };
        return this with { Tensors = tensors, Result = operands.Writes(Result, Tensors.Length, DType.F64) };
    }

    public void Run(IKernels kernels) => kernels.SumOfSquares(in this);
}

/// <summary>A tensor of <see cref="SumOfSquaresCall"/>.</summary>
public readonly record struct SquaredTensor(DeviceBuffer X, long Count);

public partial interface IKernels
{
    /// <inheritdoc cref="SumOfSquaresCall"/>
    void SumOfSquares(in SumOfSquaresCall call);
}
