using System.Diagnostics;

namespace SspNative.Engine.Diagnostics;

/// <summary>Records every kernel that a device launches, waiting for each to end.</summary>
/// <param name="keepInputs">Whether to keep what the kernels read too: for small things.</param>
/// <example><code>
/// var recorder = new CallRecorder();
/// using (device.Observe(recorder))
///     model.Forward(x);
/// using FileStream file = File.Create("calls.json");
/// new CallLog(device.Description, recorder.Calls).Write(file);
/// </code></example>
public sealed class CallRecorder(bool keepInputs = false) : DeviceObserver
{
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly Lock _lock = new();
    private readonly List<RecordedCall> _calls = [];
    private readonly ThreadLocal<(RecordedCall Call, long Start, DeviceMark? Begin)> _running = new();

    /// <summary>What was launched so far, in the order in which it began.</summary>
    public IReadOnlyList<RecordedCall> Calls
    {
        get
        {
            lock (_lock)
                return [.. _calls];
        }
    }

    public override void BeforeLaunch<TCall>(in TCall call, IDevice device)
    {
        var recorded = new RecordedCall<TCall>(call)
        {
            Module = Profiler.CurrentModule ?? "",
            Start = Stopwatch.GetElapsedTime(_start).TotalSeconds,
            Inputs = keepInputs ? Read(call, device) : new Dictionary<DeviceBuffer, byte[]>(),
        };
        lock (_lock)
            _calls.Add(recorded);
        _running.Value = (recorded, Stopwatch.GetTimestamp(), device.Mark());
    }

    public override void AfterLaunch<TCall>(in TCall call, IDevice device)
    {
        (RecordedCall recorded, long start, DeviceMark? begin) = _running.Value;
        if (recorded is null)
            return;
        using (begin)
        using (DeviceMark? end = device.Mark())
            recorded.Seconds = begin is not null ? end!.SecondsSince(begin) : Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static Dictionary<DeviceBuffer, byte[]> Read<TCall>(in TCall call, IDevice device) where TCall : struct, IKernelCall<TCall>
    {
        var inputs = new Dictionary<DeviceBuffer, byte[]>();
        var list = new OperandList([]);
        call.Over(ref list);
        foreach (Operand operand in list.Operands)
        {
            if (!operand.IsRead || inputs.ContainsKey(operand.Buffer))
                continue;
            byte[] bytes = new byte[operand.Buffer.ByteLength];
            device.CopyToHost(operand.Buffer, bytes);
            inputs.Add(operand.Buffer, bytes);
        }
        return inputs;
    }
}
