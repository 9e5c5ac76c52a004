using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SspNative.Engine;

/// <summary>
/// Between host and device. Each copy to the host waits for the device, so they are few: indices are known without one, and several tensors are read
/// at once by <see cref="ToArrays"/>.
/// </summary>
public sealed partial class Tensor
{
    // A copy between devices goes through so much of the host's memory.
    private const int CopyBytes = 1 << 20;

    /// <summary>Uninitialised memory.</summary>
    /// <param name="operation">What needs it, for the message when there is no more; the method that calls.</param>
    /// <exception cref="OutOfMemoryException">The device has no more.</exception>
    public static Tensor Empty(Shape shape, IDevice device, DType dtype = DType.F32, [CallerMemberName] string operation = "")
    {
        if (dtype == DType.F32Panels)
            throw new NotSupportedException("a packed weight cannot be moved or copied: Ops.Pack makes it, linear layers read it");
        try
        {
            return new(device.Allocate(checked(shape.Count * dtype.Size())), shape, dtype);
        }
        catch (Exception e) when (e is OutOfMemoryException or OverflowException)
        {
            throw new OutOfMemoryException($"{operation} needs {dtype}{shape}: {e.Message}", e);
        }
    }

    /// <summary>A float tensor filled with one value.</summary>
    public static Tensor Full(Shape shape, float value, IDevice device)
    {
        Tensor t = Empty(shape, device);
        device.Launch(new FillCall(t.Buffer, value, t.Count));
        return t;
    }

    public static Tensor Zeros(Shape shape, IDevice device) => Full(shape, 0f, device);

    /// <summary>Copies host floats to a device.</summary>
    public static Tensor FromArray(ReadOnlySpan<float> data, Shape shape, IDevice device) =>
        FromBytes(MemoryMarshal.AsBytes(data), shape, device, DType.F32);

    /// <summary>
    /// Copies host integers to a device: ids, classes, attention masks. They are few, and the tensor and its reshaped views remember them, so that
    /// <see cref="ToLongArray"/> and the checks of operations that read indices ask the device for nothing.
    /// </summary>
    public static Tensor FromArray(ReadOnlySpan<long> data, Shape shape, IDevice device) =>
        FromBytes(MemoryMarshal.AsBytes(data), shape, device, DType.I64);

    /// <summary>Copies host bytes (masks) to a device.</summary>
    public static Tensor FromArray(ReadOnlySpan<byte> data, Shape shape, IDevice device) =>
        FromBytes(data, shape, device, DType.U8);

    /// <summary>Copies raw element bytes to a device. I64 values are remembered.</summary>
    public static Tensor FromBytes(ReadOnlySpan<byte> data, Shape shape, IDevice device, DType dtype)
    {
        if (data.Length != shape.Count * dtype.Size())
            throw new ArgumentException($"Tensor: {data.Length} bytes do not fill {dtype}{shape}, which needs {shape.Count * dtype.Size()}");
        Tensor t = Empty(shape, device, dtype);
        device.CopyFromHost(data, t.Buffer);
        if (dtype == DType.I64)
            t._indices = MemoryMarshal.Cast<byte, long>(data).ToArray();
        return t;
    }

    /// <summary>Copies the elements to the host; those of type bf16 are widened there, and those of a packed weight put in order.</summary>
    public float[] ToArray() => DType switch
    {
        DType.BF16 => Array.ConvertAll(ToHost<ushort>(DType.BF16), BFloat16.Widen),
        DType.F32Panels => Unpacked(ToHost<float>(DType.F32Panels)),
        _ => ToHost<float>(DType.F32),
    };

    /// <summary>Copies the elements of several tensors of one device to the host, in one transfer: an array for each.</summary>
    public static float[][] ToArrays(IReadOnlyList<Tensor> tensors)
    {
        if (tensors.Count == 0)
            return [];
        using var scope = new TensorScope();
        float[] joined = Ops.Concat([.. tensors.Select(t => Ops.Reshape(Ops.Detach(t), -1))], 0).ToArray();
        var arrays = new float[tensors.Count][];
        for (int i = 0, at = 0; i < arrays.Length; at += arrays[i++].Length)
            arrays[i] = joined[at..(at + (int)tensors[i].Count)];
        return arrays;
    }

    /// <summary>The tensor on another device: a copy, through which gradients pass back; on the same device the tensor itself.</summary>
    public Tensor To(IDevice device)
    {
        IDevice own = Device;
        if (device == own)
            return this;
        if (DType == DType.I64)
            return FromArray(Indices, Shape, device);
        Tensor copy = Empty(Shape, device, DType);
        byte[] chunk = new byte[(int)Math.Min(CopyBytes, Count * DType.Size())];
        for (long at = 0, left = Count * DType.Size(); left > 0; at += chunk.Length, left -= chunk.Length)
        {
            Span<byte> part = chunk.AsSpan(0, (int)Math.Min(left, chunk.Length));
            own.CopyToHost(Buffer, part, at);
            device.CopyFromHost(part, copy.Buffer, at);
        }
        return GradientTape.Record("to", copy, [this], g => g.Add(0, g.Dy.To(own)));
    }

    /// <summary>The indices of an I64 tensor. They are copied to the host only if they were computed on the device.</summary>
    public long[] ToLongArray() => _indices is null ? ToHost<long>(DType.I64) : Indices.ToArray();

    /// <summary>The indices of an I64 tensor, those that are remembered without a copy.</summary>
    internal ReadOnlySpan<long> Indices
    {
        get
        {
            _ = Buffer;
            return _indices ?? ToHost<long>(DType.I64);
        }
    }

    /// <summary>Copies the bytes of a U8 tensor to the host.</summary>
    public byte[] ToByteArray() => ToHost<byte>(DType.U8);

    /// <summary>Copies the numbers of an F64 tensor to the host.</summary>
    public double[] ToDoubleArray() => ToHost<double>(DType.F64);

    /// <summary>The value of a one-element tensor.</summary>
    public float Item() => Count == 1
        ? ToArray()[0]
        : throw new InvalidOperationException($"Tensor.Item: {this} has {Count} elements, not one");

    /// <summary>Overwrites the elements with host data of the same size.</summary>
    public void CopyFrom(ReadOnlySpan<float> data)
    {
        if (data.Length != Count || DType != DType.F32)
            throw new ArgumentException($"Tensor.CopyFrom: {data.Length} floats do not fill {this}");
        Device.CopyFromHost(MemoryMarshal.AsBytes(data), Buffer);
    }

    /// <summary>Overwrites the elements from index <paramref name="first"/> on with host data.</summary>
    public void CopyFrom(ReadOnlySpan<float> data, long first)
    {
        if (DType != DType.F32 || first < 0 || first > Count - data.Length)
            throw new ArgumentException($"Tensor.CopyFrom: {data.Length} floats from element {first} on do not lie inside {this}");
        Device.CopyFromHost(MemoryMarshal.AsBytes(data), Buffer, first * sizeof(float));
    }

    private float[] Unpacked(float[] panels)
    {
        float[] rows = new float[panels.Length];
        (int k, int lanes, int at) = (Shape[1], Device.PanelLanes, 0);
        for (int panel = 0; panel < Shape[0]; panel += lanes)
            for (int column = 0; column < k; column++)
                for (int lane = 0; lane < lanes; lane++)
                    rows[((panel + lane) * (long)k) + column] = panels[at++];
        return rows;
    }

    private T[] ToHost<T>(DType dtype) where T : unmanaged
    {
        if (DType != dtype)
            throw new InvalidOperationException($"Tensor: {this} was read as {dtype}");
        var data = new T[Count];
        Device.CopyToHost(Buffer, MemoryMarshal.AsBytes(data.AsSpan()));
        return data;
    }
}
