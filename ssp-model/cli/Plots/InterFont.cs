using ScottPlot;
using SkiaSharp;
using SspNative.Model.Media;

namespace SspNative.Cli.Plots;

/// <summary>The typeface of all plots, <see cref="InterTypeface"/>.</summary>
internal sealed class InterFont : IFontResolver
{
    public const string Name = InterTypeface.Name;

    private static readonly Lock _lock = new();
    private static bool _installed;

    /// <summary>Makes the typeface known to the plotting library and its default; further calls do nothing.</summary>
    public static void Install()
    {
        lock (_lock)
        {
            if (_installed)
                return;
            Fonts.FontResolvers.Insert(0, new InterFont());
            Fonts.Default = Fonts.Sans = Name;
            _installed = true;
        }
    }

    public SKTypeface? CreateTypeface(string fontName, bool bold, bool italic) =>
        CreateTypeface(fontName, bold ? FontWeight.Bold : FontWeight.Normal, FontSlant.Upright, FontSpacing.Normal);

    /// <returns>Null for other typefaces. There is no slanted one: upright stands for it.</returns>
    public SKTypeface? CreateTypeface(string fontName, FontWeight weight, FontSlant slant, FontSpacing spacing)
    {
        if (fontName != Name)
            return null;
        return InterTypeface.Create(weight >= FontWeight.SemiBold ? "SemiBold" : weight >= FontWeight.Medium ? "Medium" : "Regular");
    }
}
