namespace SspNative.Kernels;

/// <summary>What a call of a kernel costs, whoever runs it and however.</summary>
/// <param name="Flops">
/// Floating-point operations of its formula: an addition, multiplication, division, comparison, root or elementary function (eˣ, ln, tanh, erf …)
/// counts one, a multiply-add two. Matrix products and convolutions count 2·M·N·K, a bias being what their sums begin with. Attention counts its
/// products alone, as is usual. What a kernel computes again, or cleverly leaves out, changes nothing.
/// </param>
/// <param name="BytesRead">Bytes of operands that it cannot but read, each element once.</param>
/// <param name="BytesWritten">Bytes that it cannot but write, each element once.</param>
public readonly record struct Cost(double Flops, long BytesRead, long BytesWritten)
{
    /// <summary>Bytes read and written.</summary>
    public long Bytes => BytesRead + BytesWritten;

    /// <summary>The cost of a call with so many operations: its bytes are those of its operands.</summary>
    public static Cost Of<TCall>(in TCall call, double flops)
        where TCall : struct, IKernelCall<TCall>
    {
        var traffic = new Traffic();
        call.Over(ref traffic);
        return new Cost(flops, traffic.Read, traffic.Written);
    }

    public static Cost operator +(Cost a, Cost b) => new(a.Flops + b.Flops, a.BytesRead + b.BytesRead, a.BytesWritten + b.BytesWritten);

    private struct Traffic : IOperands
    {
        public long Read;
        public long Written;

        public DeviceBuffer Visit(in Operand operand)
        {
            long bytes = operand.Layout.Count * operand.DType.Size();
            Read += operand.IsRead ? bytes : 0;
            Written += operand.IsWritten ? bytes : 0;
            return operand.Buffer;
        }
    }
}
