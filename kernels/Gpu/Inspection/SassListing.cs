using System.Text.RegularExpressions;

namespace SspNative.Kernels.Gpu;

/// <summary>What a listing of <c>nvdisasm -c</c> consists of.</summary>
internal sealed partial record SassListing(int Instructions, IReadOnlyList<SassLoop> Loops)
{
    public static SassListing Of(string sass)
    {
        var instructions = new List<string>();
        var labels = new Dictionary<string, int>();
        foreach (string line in sass.Split('\n'))
        {
            if (Label().Match(line) is { Success: true } label)
                labels[label.Groups[1].Value] = instructions.Count;
            else if (Instruction().Match(line) is { Success: true } instruction)
                instructions.Add(instruction.Groups[1].Value);
        }
        var loops = new List<(int First, int Last)>();
        for (int i = 0; i < instructions.Count; i++)
            if (Branch().Match(instructions[i]) is { Success: true } branch && labels.TryGetValue(branch.Groups[1].Value, out int target) && target < i)
                loops.Add((target, i));
        // A branch to itself is how a kernel's end is padded; a loop with another inside is not innermost.
        IEnumerable<SassLoop> innermost = loops
            .Where(loop => !loops.Any(other => other != loop && other.First >= loop.First && other.Last <= loop.Last))
            .Select(loop => Count(instructions[loop.First..(loop.Last + 1)]));
        int end = instructions.FindLastIndex(i => !i.StartsWith("NOP", StringComparison.Ordinal) && !i.StartsWith("BRA", StringComparison.Ordinal)) + 1;
        return new SassListing(end, [.. innermost.OrderByDescending(loop => loop.Instructions)]);
    }

    private static SassLoop Count(List<string> loop) => new(
        loop.Count, Of(loop, "FFMA"), Of(loop, "HMMA"), Of(loop, "LDS.128"), Of(loop, "LDG.E.128") + Of(loop, "LDGSTS.E"), Of(loop, "LDL") + Of(loop, "STL"));

    private static int Of(List<string> loop, string name) => loop.Count(i => i.StartsWith(name, StringComparison.Ordinal));

    [GeneratedRegex(@"^(\.L\w+):")]
    private static partial Regex Label();

    // "        /*0010*/              @!P0 FFMA R1, R2, R3, R4 ;"
    [GeneratedRegex(@"^\s+/\*[0-9a-f]+\*/\s+(?:@!?U?P\w+\s+)?(\S[^;]*);")]
    private static partial Regex Instruction();

    [GeneratedRegex(@"^BRA.*`\((\.L\w+)\)")]
    private static partial Regex Branch();
}
