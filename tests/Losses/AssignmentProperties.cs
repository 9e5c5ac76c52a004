using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using SspNative.Model.Losses;
using Xunit;

namespace SspNative.Tests.Losses;

/// <summary>A small cost matrix; its costs are multiples of 1/8, so that sums are exact and ties are common.</summary>
public sealed record CostMatrix(int Rows, int Columns, double[] Costs)
{
    public double this[int row, int column] => Costs[row * Columns + column];

    public CostMatrix Transposed() => From(Columns, Rows, (r, c) => this[c, r]);

    public static CostMatrix From(int rows, int columns, Func<int, int, double> cost) =>
        new(rows, columns, [.. from r in Enumerable.Range(0, rows) from c in Enumerable.Range(0, columns) select cost(r, c)]);

    public override string ToString() => $"{Rows}×{Columns}: {string.Join(' ', Costs)}";
}

public static class CostMatrixGenerators
{
    public static Arbitrary<CostMatrix> CostMatrices() => Arb.From(
        from rows in Gen.Choose(0, 7)
        from columns in Gen.Choose(0, 7)
        from spread in Gen.Elements(2, 400)
        from costs in Gen.ArrayOf(Gen.Choose(-spread, spread), rows * columns)
        select new CostMatrix(rows, columns, [.. costs.Select(c => c / 8.0)]),
        matrix => from row in Enumerable.Range(0, matrix.Rows)
                  select CostMatrix.From(matrix.Rows - 1, matrix.Columns, (r, c) => matrix[r < row ? r : r + 1, c]));
}

[Properties(Arbitrary = [typeof(CostMatrixGenerators)])]
public class AssignmentProperties
{
    [Property]
    public bool EveryRowOrEveryColumnIsMatchedOnce(CostMatrix m)
    {
        int[] columns = [.. Solve(m).Where(c => c >= 0)];
        return columns.Length == Math.Min(m.Rows, m.Columns) && columns.Distinct().Count() == columns.Length
            && columns.All(c => c < m.Columns);
    }

    [Property]
    public bool NoOtherAssignmentIsCheaper(CostMatrix m) => Cost(m, Solve(m)) == CheapestByTryingAll(m);

    [Property]
    public bool TheSidesMayBeSwapped(CostMatrix m) => Cost(m, Solve(m)) == Cost(m.Transposed(), Solve(m.Transposed()));

    [Property]
    public bool RowsAndColumnsMayBeReordered(CostMatrix m, int seed)
    {
        var random = new System.Random(seed);
        // Irrational offsets leave one cheapest assignment, which must follow the permutation.
        CostMatrix unique = CostMatrix.From(m.Rows, m.Columns, (r, c) => m[r, c] + 1e-3 * Math.Sqrt(2 + 7 * r * r + 3 * c + r * c));
        int[] rows = [.. Enumerable.Range(0, m.Rows)], columns = [.. Enumerable.Range(0, m.Columns)];
        random.Shuffle(rows);
        random.Shuffle(columns);
        CostMatrix shuffled = CostMatrix.From(m.Rows, m.Columns, (r, c) => unique[rows[r], columns[c]]);
        int[] direct = Solve(unique), through = Solve(shuffled);
        return Enumerable.Range(0, m.Rows).All(r => (through[r] < 0 ? -1 : columns[through[r]]) == direct[rows[r]]);
    }

    [Property]
    public bool AnOffsetOfEveryCostChangesNothingButTheSum(CostMatrix m, sbyte offset)
    {
        CostMatrix shifted = CostMatrix.From(m.Rows, m.Columns, (r, c) => m[r, c] + offset);
        return Cost(shifted, Solve(shifted)) == Cost(m, Solve(m)) + offset * Math.Min(m.Rows, m.Columns);
    }

    [Fact]
    public void AnyDiagonalIsFoundAmongMany()
    {
        const int n = 120;
        int[] order = [.. Enumerable.Range(0, n)];
        new System.Random(1).Shuffle(order);
        CostMatrix m = CostMatrix.From(n, n, (r, c) => order[r] == c ? 0 : 1 + (r * 31 + c * 17) % 5);
        Assert.Equal(order, Solve(m));
    }

    [Fact]
    public void UnusableCostsAreNamed()
    {
        Assert.Contains("2×3", Assert.Throws<ArgumentException>(() => Assignment.Solve([1, 2, 3], 2, 3)).Message);
        Assert.Contains(
            "row 1 and column 0 is NaN", Assert.Throws<ArgumentException>(() => Assignment.Solve([1, 2, double.NaN, 3], 2, 2)).Message);
    }

    private static int[] Solve(CostMatrix m) => Assignment.Solve(m.Costs, m.Rows, m.Columns);

    private static double Cost(CostMatrix m, int[] columnOf) => columnOf.Select((c, r) => c < 0 ? 0 : m[r, c]).Sum();

    private static double CheapestByTryingAll(CostMatrix m) =>
        m.Rows > m.Columns ? CheapestByTryingAll(m.Transposed()) : CheapestFrom(m, 0, new bool[m.Columns]);

    private static double CheapestFrom(CostMatrix m, int row, bool[] taken)
    {
        if (row == m.Rows)
            return 0;
        double cheapest = double.PositiveInfinity;
        for (int c = 0; c < m.Columns; c++)
        {
            if (taken[c])
                continue;
            taken[c] = true;
            cheapest = Math.Min(cheapest, m[row, c] + CheapestFrom(m, row + 1, taken));
            taken[c] = false;
        }
        return cheapest;
    }
}
