using System.Runtime.InteropServices;

namespace SspNative.Engine.Diagnostics;

/// <summary>
/// Looks at every result of every kernel, and fails at the first number that is NaN or infinite, naming the kernel. It copies all results to the
/// host: for finding out where numbers go wrong, not for every day.
/// </summary>
public sealed class NonFiniteObserver : DeviceObserver
{
    public override void AfterLaunch<TCall>(in TCall call, IDevice device)
    {
        var list = new OperandList([]);
        call.Over(ref list);
        foreach (Operand operand in list.Operands)
            if (operand is { IsWritten: true, DType: DType.F32 } && FirstNonFinite(operand, device) is { } found)
                throw new InvalidDataException(
                    $"the kernel {TCall.Name}{Place()} made a number that is not finite: {operand.Name} is {found.Value} at element {found.Element}");
    }

    private static string Place() => Profiler.CurrentModule is { Length: > 0 } module ? $" in {module}" : "";

    private static (long Element, float Value)? FirstNonFinite(in Operand operand, IDevice device)
    {
        byte[] bytes = new byte[operand.Buffer.ByteLength];
        device.CopyToHost(operand.Buffer, bytes);
        return First(MemoryMarshal.Cast<byte, float>(bytes), operand.Layout.Axes, operand.Layout.Offset);
    }

    private static (long Element, float Value)? First(ReadOnlySpan<float> values, ReadOnlySpan<LayoutAxis> axes, long at)
    {
        if (axes.IsEmpty)
            return float.IsFinite(values[(int)at]) ? null : (at, values[(int)at]);
        for (long i = 0; i < axes[0].Size; i++)
            if (First(values, axes[1..], at + i * axes[0].Stride) is { } found)
                return found;
        return null;
    }
}
