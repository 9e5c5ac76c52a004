namespace SspNative.Kernels.Gpu;

/// <summary>
/// The patches of images (B,H,W,PixelStride) that a convolution meets, without ever being copied: element (pixel, ky, kx, channel) of the patch whose
/// first tap lies at (Top + row · Stride, Left + column · Stride); 0 beyond the image.
/// </summary>
internal struct Patches<TAccess>
    where TAccess : struct, IOperandView<TAccess>
{
    public TAccess Images;
    public int H, W, PixelStride, Stride, Top, Left;

    /// <summary>Patches, and elements of a patch.</summary>
    public int Count, Length;

    /// <summary>Channels of a tap, and taps in a row of the kernel.</summary>
    public Divider Channels, TapColumns;

    /// <summary>Patches of an image, and of a row of it.</summary>
    public Divider PerImage, PerRow;

    /// <summary>Where the first tap of a patch lies.</summary>
    public readonly Lane Patch(int patch)
    {
        (int image, int rest) = PerImage.Divide(patch < Count ? patch : Count - 1);
        (int row, int column) = PerRow.Divide(rest);
        int y = row * Stride + Top, x = column * Stride + Left;
        return new Lane { Offset = ((image * H + y) * W + x) * PixelStride, Y = y, X = x };
    }

    /// <summary>How far from the first tap's an element of a patch lies.</summary>
    public readonly Lane Element(int element)
    {
        (int tap, int channel) = Channels.Divide(element < Length ? element : 0);
        (int y, int x) = TapColumns.Divide(tap);
        return new Lane { Offset = (y * W + x) * PixelStride + channel, Y = y, X = x };
    }

    public readonly F4 Load(in Lane patch, in Lane element, bool inside) => Images.Load(patch.Offset + element.Offset, inside & IsInImage(patch, element), 4);

    public readonly float LoadOne(in Lane patch, in Lane element, bool inside) =>
        Images.LoadOne(patch.Offset + element.Offset, inside & IsInImage(patch, element));

    private readonly bool IsInImage(in Lane patch, in Lane element) => ((uint)(patch.Y + element.Y) < (uint)H) & ((uint)(patch.X + element.X) < (uint)W);
}

/// <summary>Patches as lanes; k is the element of a patch.</summary>
internal readonly struct PatchRows<TAccess>(Patches<TAccess> patches) : IPanels<PatchRows<TAccess>>
    where TAccess : struct, IOperandView<TAccess>
{
    private readonly Patches<TAccess> _patches = patches;

    public static bool AlongK => true;

    public static bool InQuads => TAccess.InQuads;

    public PatchRows<TAccess> From(long offset)
    {
        Patches<TAccess> patches = _patches;
        patches.Images = patches.Images.From(offset);
        return new PatchRows<TAccess>(patches);
    }

    public Lane Lane(int lane) => _patches.Patch(lane);

    public Step Step(int k) => new() { K = k };

    public Step Advance(Step step, int by) => new() { K = step.K + by };

    public F4 Load(in Lane lane, in Step step, int end) => TAccess.InQuads
        ? _patches.Load(in lane, _patches.Element(step.K), step.K < end)
        : new F4(LoadOne(in lane, step.K, end), LoadOne(in lane, step.K + 1, end), LoadOne(in lane, step.K + 2, end), LoadOne(in lane, step.K + 3, end));

    private float LoadOne(in Lane lane, int k, int end) => _patches.LoadOne(in lane, _patches.Element(k), k < end);
}

/// <summary>Elements of a patch as lanes; k is the patch.</summary>
internal readonly struct PatchColumns<TAccess>(Patches<TAccess> patches) : IPanels<PatchColumns<TAccess>>
    where TAccess : struct, IOperandView<TAccess>
{
    private readonly Patches<TAccess> _patches = patches;

    public static bool AlongK => false;

    public static bool InQuads => TAccess.InQuads;

    public PatchColumns<TAccess> From(long offset)
    {
        Patches<TAccess> patches = _patches;
        patches.Images = patches.Images.From(offset);
        return new PatchColumns<TAccess>(patches);
    }

    public Lane Lane(int lane)
    {
        Lane element = _patches.Element(lane);
        element.Left = lane;
        return element;
    }

    public Step Step(int k) => new() { K = k };

    public Step Advance(Step step, int by) => new() { K = step.K + by };

    public F4 Load(in Lane lane, in Step step, int end)
    {
        Lane patch = _patches.Patch(step.K);
        bool inside = step.K < end;
        return TAccess.InQuads
            ? _patches.Load(in patch, in lane, inside)
            : new F4(
                _patches.LoadOne(in patch, in lane, inside),
                _patches.LoadOne(in patch, _patches.Element(lane.Left + 1), inside),
                _patches.LoadOne(in patch, _patches.Element(lane.Left + 2), inside),
                _patches.LoadOne(in patch, _patches.Element(lane.Left + 3), inside));
    }
}
