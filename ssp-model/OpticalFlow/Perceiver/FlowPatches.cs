using SspNative.Model.Media;

namespace SspNative.Model.OpticalFlow.Perceiver;

/// <summary>
/// What the optical-flow Perceiver is fed: for every pixel of a frame the 3×3 pixels around it as 27 channels in the order
/// (ky, kx, colour), values from −1 to 1, zero beyond the border. Source: Perceiver IO (Jaegle et al. 2021), flow preprocessing.
/// </summary>
public static class FlowPatches
{
    /// <summary>Channels of a pixel of one frame.</summary>
    public const int Channels = 27;

    /// <summary>
    /// Two frames of one size → (1,2,27,H,W): the network's input. One channel at a time is made on the host: all of them are 39 MB as published.
    /// </summary>
    /// <exception cref="ArgumentException">The frames differ in size.</exception>
    public static Tensor Of(Image first, Image second, IDevice device)
    {
        if (first.Width != second.Width || first.Height != second.Height)
            throw new ArgumentException(
                $"flow needs two frames of one size, not {first.Width}×{first.Height} and {second.Width}×{second.Height}");
        Tensor patches = Tensor.Empty([1, 2, Channels, first.Height, first.Width], device);
        float[] plane = new float[first.Height * first.Width];
        for (int channel = 0; channel < 2 * Channels; channel++)
        {
            Extract(channel < Channels ? first : second, channel % Channels, plane);
            patches.CopyFrom(plane, (long)channel * plane.Length);
        }
        return patches;
    }

    private static void Extract(Image frame, int channel, Span<float> plane)
    {
        int dy = channel / 9 - 1, dx = channel / 3 % 3 - 1, colour = channel % 3;
        for (int y = 0; y < frame.Height; y++)
        {
            Span<float> row = plane.Slice(y * frame.Width, frame.Width);
            row.Clear();
            if (y + dy < 0 || y + dy >= frame.Height)
                continue;
            int end = Math.Min(frame.Width, frame.Width - dx);
            for (int x = Math.Max(0, -dx); x < end; x++)
                row[x] = frame.Rgb[((y + dy) * frame.Width + x + dx) * 3 + colour] / 255f * 2 - 1;
        }
    }
}
