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

    /// <summary>Two frames of one size → (2,27,H,W): the network's input with the batch axis left out.</summary>
    /// <exception cref="ArgumentException">The frames differ in size, or the patches are of another length.</exception>
    public static void Extract(Image first, Image second, Span<float> patches)
    {
        int frameLength = Channels * first.Width * first.Height;
        if (first.Width != second.Width || first.Height != second.Height)
            throw new ArgumentException(
                $"flow needs two frames of one size, not {first.Width}×{first.Height} and {second.Width}×{second.Height}");
        if (patches.Length != 2 * frameLength)
            throw new ArgumentException($"patches of two frames are {2 * frameLength} values, not {patches.Length}");
        Extract(first, patches[..frameLength]);
        Extract(second, patches[frameLength..]);
    }

    private static void Extract(Image frame, Span<float> patches)
    {
        for (int channel = 0; channel < Channels; channel++)
        {
            int dy = channel / 9 - 1, dx = channel / 3 % 3 - 1, colour = channel % 3;
            for (int y = 0; y < frame.Height; y++)
            {
                Span<float> row = patches.Slice((channel * frame.Height + y) * frame.Width, frame.Width);
                row.Clear();
                if (y + dy < 0 || y + dy >= frame.Height)
                    continue;
                int end = Math.Min(frame.Width, frame.Width - dx);
                for (int x = Math.Max(0, -dx); x < end; x++)
                    row[x] = frame.Rgb[((y + dy) * frame.Width + x + dx) * 3 + colour] / 255f * 2 - 1;
            }
        }
    }
}
