namespace SspNative.Engine;

public static partial class Ops
{
    /// <summary>
    /// Which of several tensors of one device is the first with an element that is NaN or infinite; −1 if none is. Waits for the device once.
    /// </summary>
    public static int FirstNonFinite(params ReadOnlySpan<Tensor> tensors)
    {
        if (tensors.IsEmpty)
            return -1;
        OpChecks.SameDevice("non_finite", DType.F32, tensors);
        using Tensor found = Tensor.Empty([tensors.Length], tensors[0].Device, DType.U8);
        for (int i = 0; i < tensors.Length; i++)
            found.Device.Launch(new NonFiniteCall(tensors[i].Buffer, tensors[i].Count, found.Buffer, Slot: i));
        return Array.FindIndex(found.ToByteArray(), flag => flag != 0);
    }
}
