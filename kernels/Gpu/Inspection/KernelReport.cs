using System.Globalization;
using System.Text.RegularExpressions;

namespace SspNative.Kernels.Gpu;

/// <summary>What a kernel takes of a multiprocessor, as the assembler of CUDA says.</summary>
/// <param name="Kernel">Its name, with type arguments.</param>
/// <param name="Registers">Of a thread.</param>
/// <param name="SharedBytes">Static, of a group.</param>
/// <param name="StackBytes">Local memory of a thread.</param>
/// <param name="SpillBytes">Written and read of registers that did not fit.</param>
/// <param name="Occupancy">Threads that can be resident, as a share of the most: bounded by registers, shared memory and groups.</param>
/// <param name="Text">For what and of what it was assembled: the architecture and the beginning of the text's hash.</param>
/// <param name="Loops">The innermost loops, the largest first.</param>
public sealed partial record KernelReport(
    string Kernel, string Architecture, int GroupSize, int Registers, int SharedBytes, int StackBytes, int SpillBytes, double Occupancy, int Instructions,
    string Text, IReadOnlyList<SassLoop> Loops)
{
    private const int LoopsShown = 3;

    /// <summary>All of it in a line, of loops the three largest.</summary>
    public string Line()
    {
        string spilled = SpillBytes + StackBytes == 0 ? "" : $", {SpillBytes} bytes spilled, {StackBytes} of stack";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Kernel}: {Registers} registers, {SharedBytes} bytes shared, occupancy {Occupancy:0%}{spilled}, "
            + $"{Instructions} instructions, text {Text}{string.Concat(Loops.Take(LoopsShown))}");
    }

    /// <summary>Reads a line back. It does not say how many threads a group has.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static KernelReport Parse(string line)
    {
        Match match = Written().Match(line);
        if (!match.Success)
            throw new FormatException($"this is no line of a report of kernels: {line}");
        int Number(string name) => match.Groups[name] is { Success: true } group ? int.Parse(group.ValueSpan, CultureInfo.InvariantCulture) : 0;
        return new KernelReport(
            match.Groups["kernel"].Value, match.Groups["architecture"].Value, 0, Number("registers"), Number("shared"), Number("stack"),
            Number("spilled"), Number("occupancy") / 100.0, Number("instructions"), match.Groups["text"].Value,
            [.. match.Groups["loop"].Captures.Select(loop => SassLoop.Parse(loop.Value))]);
    }

    [GeneratedRegex(
        @"^(?<kernel>.+): (?<registers>\d+) registers, (?<shared>\d+) bytes shared, "
        + @"occupancy (?<occupancy>\d+)%(, (?<spilled>\d+) bytes spilled, (?<stack>\d+) of stack)?"
        + @", (?<instructions>\d+) instructions, text (?<text>(?<architecture>[0-9a-z_]+)-[0-9a-f]+)(?<loop>; loop of [^;]+)*$")]
    private static partial Regex Written();
}

/// <summary>A loop without a loop in it, in instructions.</summary>
/// <param name="Fma">FFMA.</param>
/// <param name="Mma">HMMA.</param>
/// <param name="WideShared">LDS.128.</param>
/// <param name="WideGlobal">LDG.E.128 and LDGSTS.E.128.</param>
/// <param name="Local">LDL and STL: registers that were spilled, or an array that is none.</param>
public sealed partial record SassLoop(int Instructions, int Fma, int Mma, int WideShared, int WideGlobal, int Local)
{
    /// <summary>The text in the line of a kernel: HMMA, or where there are none FFMA.</summary>
    public override string ToString()
    {
        string products = Mma > 0 ? $"{Mma} HMMA" : $"{Fma} FFMA";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"; loop of {Instructions}: {products}{Some(WideShared, "LDS.128")}{Some(WideGlobal, "LDG.128")}{Some(Local, "LDL/STL")}");
    }

    internal static SassLoop Parse(string text)
    {
        Match match = Written().Match(text);
        if (!match.Success)
            throw new FormatException($"this is no loop of a report of kernels: {text}");
        int Number(string name) => match.Groups[name] is { Success: true } group ? int.Parse(group.ValueSpan, CultureInfo.InvariantCulture) : 0;
        return new SassLoop(Number("instructions"), Number("fma"), Number("mma"), Number("shared"), Number("global"), Number("local"));
    }

    private static string Some(int count, string name) => count == 0 ? "" : $", {count} {name}";

    [GeneratedRegex(
        @"^; loop of (?<instructions>\d+): ((?<mma>\d+) HMMA|(?<fma>\d+) FFMA)"
        + @"(, (?<shared>\d+) LDS\.128)?(, (?<global>\d+) LDG\.128)?(, (?<local>\d+) LDL/STL)?$")]
    private static partial Regex Written();
}
