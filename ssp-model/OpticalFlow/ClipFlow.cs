using SspNative.Model.MaskFusion;

namespace SspNative.Model.OpticalFlow;

/// <summary>Optical flow of a clip.</summary>
/// <param name="Data">(T−1,2,H,W): u right, v down, in pixels of the frames.</param>
/// <param name="Height">H of the maps, which need not be the frames'.</param>
/// <param name="Width">W of the maps.</param>
public sealed record ClipFlow(float[] Data, int Height, int Width)
{
    /// <summary>The two components of one pair.</summary>
    public ReadOnlySpan<float> Pair(int index) => Data.AsSpan(index * 2 * Height * Width, 2 * Height * Width);

    /// <summary>M_O of every frame (T,height,width) at the flow's size; all ones, at the model's size, where there is no flow.</summary>
    public static float[] OpticalMasks(ClipFlow? flow, int frames, int modelSize, Tau tau, out int height, out int width)
    {
        (height, width) = flow is null ? (modelSize, modelSize) : (flow.Height, flow.Width);
        var optical = new float[frames * height * width];
        if (flow is null)
            Array.Fill(optical, 1f);
        else
            OpticalMask.FromFlow(flow.Data, height * width, tau, optical);
        return optical;
    }
}
