using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace SspNative.Kernels;

/// <summary>Is shown the operands of a call, one after the other; see <see cref="IKernelCall{TSelf}.Over"/>.</summary>
public interface IOperands
{
    /// <summary>Returns the buffer that stands for the operand in the new call: its own, if nothing is to change.</summary>
    DeviceBuffer Visit(in Operand operand);
}

/// <summary>How a call names its operands: <c>X = operands.Reads(X, Rows * Channels)</c>. An operand may be absent.</summary>
public static class OperandsExtensions
{
    [return: NotNullIfNotNull(nameof(buffer))]
    public static DeviceBuffer? Reads<T>(
        this ref T operands, DeviceBuffer? buffer, StridedLayout layout, DType dtype = DType.F32,
        [CallerArgumentExpression(nameof(buffer))] string name = "")
        where T : struct, IOperands =>
        buffer is null ? null : operands.Visit(new Operand(name, buffer, OperandAccess.Read, layout, dtype));

    [return: NotNullIfNotNull(nameof(buffer))]
    public static DeviceBuffer? Writes<T>(
        this ref T operands, DeviceBuffer? buffer, StridedLayout layout, DType dtype = DType.F32,
        [CallerArgumentExpression(nameof(buffer))] string name = "")
        where T : struct, IOperands =>
        buffer is null ? null : operands.Visit(new Operand(name, buffer, OperandAccess.Write, layout, dtype));

    [return: NotNullIfNotNull(nameof(buffer))]
    public static DeviceBuffer? Updates<T>(
        this ref T operands, DeviceBuffer? buffer, StridedLayout layout, DType dtype = DType.F32,
        [CallerArgumentExpression(nameof(buffer))] string name = "")
        where T : struct, IOperands =>
        buffer is null ? null : operands.Visit(new Operand(name, buffer, OperandAccess.Update, layout, dtype));
}
