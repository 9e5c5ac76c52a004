namespace SspNative.Engine.Diagnostics;

/// <summary>A call of a kernel that was launched, or read from a file: its fields, when it ran and for how long.</summary>
public abstract class RecordedCall
{
    /// <summary>The kernel.</summary>
    public abstract string Name { get; }

    public abstract Cost Cost { get; }

    /// <summary>Its operands, in the order of its fields. Their buffers tell which operands share memory, and how much there was; no more.</summary>
    public abstract IReadOnlyList<Operand> Operands { get; }

    /// <summary>The call as a value: one of <see cref="IKernelCall{TSelf}"/>.</summary>
    public abstract object Value { get; }

    /// <summary>The part of the model that launched it, with those around it; empty outside of all, and without a profiler.</summary>
    public string Module { get; init; } = "";

    /// <summary>When it began, since the recording did.</summary>
    public double Start { get; init; }

    /// <summary>How long it took.</summary>
    public double Seconds { get; internal set; }

    /// <summary>What the buffers that it read held, if that was recorded.</summary>
    public IReadOnlyDictionary<DeviceBuffer, byte[]> Inputs { get; init; } = new Dictionary<DeviceBuffer, byte[]>();

    /// <inheritdoc cref="IKernelCall{TSelf}.RequireSound"/>
    internal abstract void RequireSound();

    /// <summary>Launches it once more, over other buffers.</summary>
    /// <param name="device">Where.</param>
    /// <param name="buffers">For each buffer of <see cref="Operands"/> one of the device.</param>
    public abstract void Launch(IDevice device, IReadOnlyDictionary<DeviceBuffer, DeviceBuffer> buffers);

    public static RecordedCall<TCall> Of<TCall>(in TCall call) where TCall : struct, IKernelCall<TCall> => new(call);
}

/// <inheritdoc cref="RecordedCall"/>
public sealed class RecordedCall<TCall> : RecordedCall
    where TCall : struct, IKernelCall<TCall>
{
    private readonly TCall _call;

    internal RecordedCall(in TCall call)
    {
        _call = call;
        var list = new OperandList([]);
        _ = call.Over(ref list);
        Operands = list.Operands;
    }

    public override string Name => TCall.Name;

    public override Cost Cost => _call.Cost;

    public override IReadOnlyList<Operand> Operands { get; }

    public override object Value => _call;

    /// <summary>The call.</summary>
    public ref readonly TCall Call => ref _call;

    internal override void RequireSound() => _call.RequireSound();

    public override void Launch(IDevice device, IReadOnlyDictionary<DeviceBuffer, DeviceBuffer> buffers)
    {
        var others = new Replacement(buffers);
        device.Launch(_call.Over(ref others));
    }

    private readonly struct Replacement(IReadOnlyDictionary<DeviceBuffer, DeviceBuffer> buffers) : IOperands
    {
        public DeviceBuffer Visit(in Operand operand) => buffers[operand.Buffer];
    }
}

/// <summary>Collects the operands of a call.</summary>
internal readonly struct OperandList(List<Operand> operands) : IOperands
{
    public IReadOnlyList<Operand> Operands => operands;

    public DeviceBuffer Visit(in Operand operand)
    {
        operands.Add(operand);
        return operand.Buffer;
    }
}
