using System.Runtime.InteropServices;

namespace SspNative.Engine.Diagnostics;

/// <summary>A recorded call made ready to be launched, again and again, over buffers of its own.</summary>
public sealed class CallReplay : IDisposable
{
    private readonly RecordedCall _call;
    private readonly IDevice _device;
    private readonly Dictionary<DeviceBuffer, DeviceBuffer> _buffers = [];

    /// <summary>
    /// Allocates the buffers of a call. They hold what was recorded; where nothing was, floats in −1 … 1, bytes of which half are 1, and indices that
    /// are 0, so that they point into any table.
    /// </summary>
    public CallReplay(RecordedCall call, IDevice device)
    {
        (_call, _device) = (call = Fitting(call, device), device);
        var random = new Random(1);
        foreach (Operand operand in call.Operands)
        {
            if (_buffers.ContainsKey(operand.Buffer))
                continue;
            DeviceBuffer buffer = device.Allocate(operand.Buffer.ByteLength);
            _buffers.Add(operand.Buffer, buffer);
            if (operand.IsRead)
                device.CopyFromHost(call.Inputs.GetValueOrDefault(operand.Buffer) ?? Made(operand, random), buffer);
        }
    }

    public void Launch() => _call.Launch(_device, _buffers);

    /// <summary>Overwrites what the call writes and does not read.</summary>
    public void FillOutputs(byte value)
    {
        foreach ((DeviceBuffer recorded, DeviceBuffer buffer) in _buffers)
        {
            if (_call.Operands.Any(o => o.Buffer == recorded && o.IsRead))
                continue;
            byte[] bytes = new byte[buffer.ByteLength];
            Array.Fill(bytes, value);
            _device.CopyFromHost(bytes, buffer);
        }
    }

    /// <summary>What the operands hold that the call writes, by the name of the operand.</summary>
    public IReadOnlyDictionary<string, byte[]> Outputs()
    {
        var outputs = new Dictionary<string, byte[]>();
        foreach (Operand operand in _call.Operands)
        {
            if (!operand.IsWritten)
                continue;
            byte[] bytes = new byte[operand.Buffer.ByteLength];
            _device.CopyToHost(_buffers[operand.Buffer], bytes);
            outputs.Add(operand.Name, bytes);
        }
        return outputs;
    }

    public void Dispose()
    {
        foreach (DeviceBuffer buffer in _buffers.Values)
            buffer.Release();
        _buffers.Clear();
    }

    // Panels of another device's width are taken for the matrix that they were packed from: as much memory, and the same product of other numbers.
    private static RecordedCall Fitting(RecordedCall call, IDevice device)
    {
        if (call is not RecordedCall<GemmCall> { Call: { BType: DType.F32Panels } product })
            return call;
        int lanes = device.PanelLanes;
        return lanes > 0 && product.N % lanes == 0 && product.B.Offset % ((long)lanes * product.K) == 0
            ? call
            : new RecordedCall<GemmCall>(
                product with { BType = DType.F32, B = product.B with { Stride = product.K, Transposed = true } })
            { Inputs = call.Inputs };
    }

    private static byte[] Made(Operand operand, Random random)
    {
        byte[] bytes = new byte[operand.Buffer.ByteLength];
        if (operand.DType is DType.F32 or DType.F32Panels)
            foreach (ref float x in MemoryMarshal.Cast<byte, float>(bytes.AsSpan()))
                x = 2 * random.NextSingle() - 1;
        if (operand.DType == DType.U8)
            foreach (ref byte x in bytes.AsSpan())
                x = (byte)random.Next(2);
        return bytes;
    }
}
