using static SspNative.Lab.Catalogue.OpInput;

namespace SspNative.Lab.Catalogue;

internal static partial class OpCatalogue
{
    /// <summary>Rounding to 8 significant bits.</summary>
    private static OpEntry ToBFloat16 => new("to_bfloat16")
    {
        Method = nameof(Ops.ToBFloat16),
        Cases = [.. new[] { 0, 1, 5, 37, 128 }.Select(ToBFloat16Case)],
        Larger = [ToBFloat16Case(70_003)],
        Mistakes = [OpMistake.ElementType("to_bfloat16", Ops.ToBFloat16)],
        WithoutGradient = "it is for weights that are no longer trained",
        WithoutReference = "rounding is defined bit by bit",
    };

    private static OpCase ToBFloat16Case(int count) =>
        new($"ToBFloat16@{count}", [Wide([count]).Constant()], t => Ops.ToBFloat16(t[0]), x => x[0].Map(RoundToEighthBit));

    // Math.Round is to even.
    private static double RoundToEighthBit(double x)
    {
        if (x == 0)
            return x;
        int lastBit = Math.ILogB(x) - 7;
        return Math.ScaleB(Math.Round(Math.ScaleB(x, -lastBit)), lastBit);
    }
}
