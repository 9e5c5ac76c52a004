namespace SspNative.Model.Data.Synthetic;

/// <summary>
/// What the things look like: parts from back to front, upright, within about one unit of the origin, x to the right and y
/// down. The given colour is that of the body, the rest is the same in every clip.
/// </summary>
internal static class Drawings
{
    private static readonly Rgb _dark = Rgb.Of(0x2B2B33);
    private static readonly Rgb _steel = Rgb.Of(0x8A929C);
    private static readonly Rgb _cream = Rgb.Of(0xF6EFDC);
    private static readonly Rgb _glass = Rgb.Of(0xBFE3F2);
    private static readonly Rgb _beak = Rgb.Of(0xF0A030);
    private static readonly Rgb _wood = Rgb.Of(0x6B4426);

    public static Part[] Bell(Rgb body) =>
    [
        new(new Ring(0, -0.8, 0.15, 0.06), body * 0.6),
        new(new Disc(0, 0.68, 0.19), _dark),
        new(Outline.Symmetric((0.16, -0.76), (0.36, -0.64), (0.46, -0.36), (0.52, 0.05), (0.64, 0.36), (0.86, 0.54)), body, body * 0.72, Patterns.Bands),
        new(new Rod(-0.8, 0.55, 0.8, 0.55, 0.1), body * 0.85),
    ];

    public static Part[] Bird(Rgb body) =>
    [
        new(new Rod(-0.1, 0.45, -0.14, 0.9, 0.05), _beak),
        new(new Rod(0.15, 0.45, 0.13, 0.9, 0.05), _beak),
        new(new Outline((-0.4, -0.05), (-1.08, -0.42), (-1.0, 0.02), (-0.5, 0.32)), body * 0.6),
        new(new Oval(0, 0.12, 0.64, 0.46), body, body.Mix(_cream, 0.55), Patterns.Dots),
        new(new Outline((0.7, -0.5), (1.1, -0.32), (0.68, -0.2)), _beak),
        new(new Disc(0.48, -0.36, 0.34), body),
        new(new Oval(-0.14, 0.08, 0.4, 0.25), body * 0.62, body * 0.85, Patterns.Diagonals),
        new(new Disc(0.56, -0.43, 0.1), _cream),
        new(new Disc(0.59, -0.43, 0.055), _dark),
    ];

    public static Part[] Cat(Rgb body) =>
    [
        new(new Rod(0.42, 0.75, 0.88, 0.5, 0.1), body * 0.8),
        new(new Rod(0.88, 0.5, 0.84, 0.05, 0.1), body * 0.8),
        new(new Oval(0, 0.42, 0.54, 0.56), body, body * 0.55, Patterns.Tabby),
        new(new Oval(0, 0.6, 0.26, 0.33), _cream),
        new(new Outline((-0.5, -0.4), (-0.5, -1.0), (-0.1, -0.7)), body * 0.8),
        new(new Outline((0.5, -0.4), (0.5, -1.0), (0.1, -0.7)), body * 0.8),
        new(new Oval(0, -0.4, 0.53, 0.43), body, body * 0.6, Patterns.Tabby),
        new(new Oval(0, -0.22, 0.22, 0.17), _cream),
        new(new Disc(-0.21, -0.46, 0.11), Rgb.Of(0xD8F070)),
        new(new Disc(0.21, -0.46, 0.11), Rgb.Of(0xD8F070)),
        new(new Oval(-0.21, -0.46, 0.045, 0.1), _dark),
        new(new Oval(0.21, -0.46, 0.045, 0.1), _dark),
        new(new Outline((-0.08, -0.3), (0.08, -0.3), (0, -0.19)), Rgb.Of(0xE07080)),
    ];

    public static Part[] Clock(Rgb body) =>
    [
        new(new Rod(-0.5, 0.7, -0.68, 0.95, 0.09), body * 0.6),
        new(new Rod(0.5, 0.7, 0.68, 0.95, 0.09), body * 0.6),
        new(new Disc(-0.52, -0.7, 0.27), body * 0.75),
        new(new Disc(0.52, -0.7, 0.27), body * 0.75),
        new(new Disc(0, 0.08, 0.84), body),
        new(new Disc(0, 0.08, 0.66), _cream),
        .. Enumerable.Range(0, 12).Select(hour => Tick(hour)),
        new(new Rod(0, 0.08, -0.2, -0.22, 0.06), _dark),
        new(new Rod(0, 0.08, 0.36, -0.1, 0.045), _dark),
        new(new Disc(0, 0.08, 0.09), Rgb.Of(0xC03028)),
    ];

    public static Part[] Drum(Rgb body) =>
    [
        new(new Outline((-0.82, -0.35), (0.82, -0.35), (0.72, 0.62), (-0.72, 0.62)), body, _cream, Patterns.Zigzag),
        new(new Oval(0, 0.6, 0.74, 0.24), body * 0.75),
        new(new Slab(0, 0.5, 0.75, 0.08, 0.05), _steel),
        new(new Oval(0, -0.35, 0.86, 0.3), _steel),
        new(new Oval(0, -0.37, 0.76, 0.23), _cream),
        new(new Rod(-0.85, -0.95, -0.1, -0.4, 0.055), _wood),
        new(new Rod(0.85, -0.95, 0.15, -0.36, 0.055), _wood),
        new(new Disc(-0.1, -0.4, 0.1), _cream * 0.8),
        new(new Disc(0.15, -0.36, 0.1), _cream * 0.8),
    ];

    public static Part[] EmergencyCar(Rgb body) =>
    [
        new(new Slab(-0.14, -0.62, 0.13, 0.1, 0.04), Rgb.Of(0xE02828)),
        new(new Slab(0.12, -0.62, 0.13, 0.1, 0.04), Rgb.Of(0x2858E0)),
        new(new Outline((-0.66, -0.02), (-0.46, -0.54), (0.42, -0.54), (0.72, -0.02)), body),
        new(new Outline((-0.5, -0.06), (-0.37, -0.44), (-0.06, -0.44), (-0.06, -0.06)), _glass),
        new(new Outline((0.06, -0.06), (0.06, -0.44), (0.36, -0.44), (0.56, -0.06)), _glass),
        new(new Slab(0, 0.2, 1.06, 0.3, 0.14), body),
        new(new Slab(0, 0.13, 1.04, 0.11), Rgb.Of(0xFFFFFF), Rgb.Of(0x1F3F90), Patterns.Checks),
        new(new Disc(-0.55, 0.47, 0.25), _dark),
        new(new Disc(0.55, 0.47, 0.25), _dark),
        new(new Disc(-0.55, 0.47, 0.11), _steel),
        new(new Disc(0.55, 0.47, 0.11), _steel),
        new(new Disc(0.97, 0.22, 0.08), Rgb.Of(0xFFF0A0)),
    ];

    public static Part[] Guitar(Rgb body) =>
    [
        new(new Slab(0, -0.92, 0.15, 0.17, 0.05), _wood),
        new(new Union(new Disc(0, 0.02, 0.42), new Disc(0, 0.52, 0.56), new Slab(0, 0.26, 0.38, 0.2)), body, body * 0.7, Patterns.Grain),
        new(new Disc(0, 0.17, 0.17), _dark),
        new(new Slab(0, -0.36, 0.095, 0.44), _wood),
        new(new Slab(0, 0.68, 0.24, 0.055, 0.03), _dark),
        new(new Rod(-0.045, -0.95, -0.045, 0.66, 0.014), _cream),
        new(new Rod(0.045, -0.95, 0.045, 0.66, 0.014), _cream),
    ];

    public static Part[] Helicopter(Rgb body) =>
    [
        new(new Rod(-0.5, 0.72, 0.42, 0.72, 0.05), _dark),
        new(new Rod(-0.28, 0.4, -0.34, 0.72, 0.04), _dark),
        new(new Rod(0.14, 0.4, 0.2, 0.72, 0.04), _dark),
        new(new Outline((0.2, -0.12), (1.02, -0.16), (1.02, 0.0), (0.2, 0.36)), body * 0.8),
        new(new Outline((0.86, -0.08), (1.0, -0.5), (1.14, -0.5), (1.08, 0.0)), body * 0.65),
        new(new Slab(-0.1, -0.4, 0.07, 0.2), _dark),
        new(new Oval(-0.12, 0.12, 0.66, 0.42), body, body * 0.6, Patterns.Blotches),
        new(new Oval(-0.45, 0.06, 0.26, 0.25), _glass),
        new(new Rod(-1.1, -0.58, 0.9, -0.58, 0.055), _dark),
        new(new Disc(-0.1, -0.58, 0.1), _steel),
    ];

    public static Part[] Piano(Rgb body) =>
    [
        new(new Slab(-0.78, 0.6, 0.1, 0.36), body * 0.6),
        new(new Slab(0.78, 0.6, 0.1, 0.36), body * 0.6),
        new(new Slab(0, -0.22, 0.95, 0.56, 0.06), body, body * 0.8, Patterns.Grain),
        new(new Slab(0, -0.76, 1.02, 0.09, 0.04), body * 0.7),
        new(new Slab(0, -0.32, 0.4, 0.24, 0.03), _cream),
        new(new Slab(0, -0.38, 0.3, 0.025), _dark),
        new(new Slab(0, -0.26, 0.3, 0.025), _dark),
        new(new Slab(0, 0.32, 1.02, 0.21, 0.04), body * 0.75),
        new(new Slab(0, 0.28, 0.92, 0.13), _cream, _dark, Patterns.Keys),
    ];

    public static Part[] Trumpet(Rgb body) =>
    [
        new(new Slab(-0.05, 0.22, 0.5, 0.26, 0.24), body * 0.8),
        new(new Slab(-0.05, 0.22, 0.34, 0.11, 0.1), _dark),
        .. new[] { -0.3, -0.08, 0.14 }.SelectMany(Valve),
        new(new Rod(-0.95, 0, 0.5, 0, 0.085), body, body.Mix(_cream, 0.6), Patterns.Polish),
        new(new Outline((0.4, -0.1), (0.68, -0.18), (0.86, -0.34), (1.0, -0.58), (1.0, 0.58), (0.86, 0.34), (0.68, 0.18), (0.4, 0.1)),
            body, body.Mix(_cream, 0.6), Patterns.Polish),
        new(new Oval(1.0, 0, 0.12, 0.56), body * 0.6),
        new(new Slab(-1.0, 0, 0.09, 0.15, 0.04), _steel),
    ];

    /// <summary>What stands in front of things and belongs to no class: a tree trunk, taller than any picture.</summary>
    public static Part[] Trunk() => [new(new Slab(0, 0, 1, 40), _wood, _wood * 0.72, Patterns.Grain)];

    private static Part Tick(int hour)
    {
        (double sin, double cos) = Math.SinCos(hour * Math.PI / 6);
        double inner = hour % 3 == 0 ? 0.47 : 0.53;
        return new(new Rod(inner * sin, 0.08 - inner * cos, 0.58 * sin, 0.08 - 0.58 * cos, 0.035), _dark);
    }

    private static Part[] Valve(double x) =>
    [
        new(new Slab(x, 0.02, 0.075, 0.36, 0.03), _steel),
        new(new Slab(x, -0.4, 0.1, 0.06, 0.03), _cream),
    ];
}
