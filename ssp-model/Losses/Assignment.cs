namespace SspNative.Model.Losses;

/// <summary>
/// The linear assignment problem: pairs of rows and columns, no row and no column in two of them, min(rows, columns) pairs in
/// all, with the least sum of costs.
/// </summary>
internal static class Assignment
{
    /// <summary>
    /// Solves it with shortest augmenting paths (the Hungarian method with potentials) in O(r²·c), r being the smaller side.
    /// </summary>
    /// <param name="costs">(rows,columns), row-major, finite.</param>
    /// <returns>The column of each row, −1 for the rows left over.</returns>
    /// <exception cref="ArgumentException">The number of costs is not rows·columns, or one is not finite.</exception>
    public static int[] Solve(ReadOnlySpan<double> costs, int rows, int columns)
    {
        if (rows < 0 || columns < 0 || costs.Length != (long)rows * columns)
            throw new ArgumentException($"assignment: {costs.Length} costs are no matrix of {rows}×{columns}");
        for (int i = 0; i < costs.Length; i++)
            if (!double.IsFinite(costs[i]))
                throw new ArgumentException($"assignment: the cost of row {i / columns} and column {i % columns} is {costs[i]}");
        int[] columnOf = new int[rows];
        Array.Fill(columnOf, -1);
        if (rows <= columns)
        {
            int[] rowOf = MatchAllRows(costs, rows, columns);
            for (int c = 0; c < columns; c++)
                if (rowOf[c] >= 0)
                    columnOf[rowOf[c]] = c;
        }
        else
        {
            int[] rowOf = MatchAllRows(Transpose(costs, rows, columns), columns, rows);
            rowOf.CopyTo(columnOf, 0);
        }
        return columnOf;
    }

    // One row after the other is inserted: along the path of least reduced cost from it to a free column, matches change sides.
    // Returns the row of each column, or −1.
    private static int[] MatchAllRows(ReadOnlySpan<double> costs, int rows, int columns)
    {
        // The column after the last one is the start of the path: the row to insert is matched to it.
        int start = columns;
        double[] rowPotential = new double[rows], columnPotential = new double[columns + 1], distance = new double[columns];
        int[] rowOf = new int[columns + 1], previous = new int[columns];
        bool[] visited = new bool[columns + 1];
        Array.Fill(rowOf, -1);
        for (int inserted = 0; inserted < rows; inserted++)
        {
            Array.Fill(distance, double.PositiveInfinity);
            Array.Clear(visited);
            rowOf[start] = inserted;
            int current = start;
            while (rowOf[current] >= 0)
            {
                visited[current] = true;
                int row = rowOf[current], nearest = -1;
                double step = double.PositiveInfinity;
                for (int c = 0; c < columns; c++)
                {
                    if (visited[c])
                        continue;
                    double reduced = costs[row * columns + c] - rowPotential[row] - columnPotential[c];
                    if (reduced < distance[c])
                    {
                        distance[c] = reduced;
                        previous[c] = current;
                    }
                    if (distance[c] < step)
                    {
                        step = distance[c];
                        nearest = c;
                    }
                }
                for (int c = 0; c <= columns; c++)
                {
                    if (visited[c])
                    {
                        rowPotential[rowOf[c]] += step;
                        columnPotential[c] -= step;
                    }
                    else
                    {
                        distance[c] -= step;
                    }
                }
                current = nearest;
            }
            for (; current != start; current = previous[current])
                rowOf[current] = rowOf[previous[current]];
        }
        return rowOf[..columns];
    }

    private static double[] Transpose(ReadOnlySpan<double> matrix, int rows, int columns)
    {
        var transposed = new double[matrix.Length];
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < columns; c++)
                transposed[c * rows + r] = matrix[r * columns + c];
        return transposed;
    }
}
